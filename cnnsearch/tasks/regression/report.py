"""Presentation of the results of a regression: sentences, tables and figures."""

from collections.abc import Sequence

import numpy as np

from cnnsearch.page.charts import BLUE, GREY, Axis, Chart, Figure, Marks
from cnnsearch.page.parts import Part, Plot, Table
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.regression.details import RegressionDetails
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score

MOST_POINTS = 2000
"""The largest number of examples in a figure."""
MOST_DRAWN = 4
"""The largest number of columns with a figure."""


class RegressionReport:
    """See `TaskReport`.

    Args:
        columns: The names of the columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)

    def result(self, score: Score, examples: int) -> str:
        """Return the mean absolute error."""
        return f"Its mean absolute error is {score.value:.4g} on {examples:,} test examples"

    def predicted(self, prediction: Predictions) -> str:
        """Return the predicted numbers."""
        if len(self._columns) == 1:
            return f"{prediction[0]:.4g}"
        numbers = zip(self._columns, prediction.tolist(), strict=True)
        return ", ".join(f"{name} {number:.4g}" for name, number in numbers)

    def columns(self, details: RegressionDetails) -> dict[str, str]:
        """Return the coefficient of determination."""
        return {"R²": f"{np.mean([of.r2 for of in details.per_column.values()]):.4f}"}

    def column_notes(self) -> str:
        """Explain the coefficient of determination."""
        return "R²: coefficient of determination on the test split, the mean over columns."

    def parts(self, evidence: Evidence, details: RegressionDetails) -> list[Part]:
        """Return the scores of each column, predicted against true values, and residuals."""
        figures = [self._figure(evidence, column) for column in range(min(len(self._columns), MOST_DRAWN))]
        return [_by_column(details), *(Plot(figure) for figure in figures)]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The test examples with the largest errors."

    def rows(self, details: RegressionDetails) -> list[Row]:
        """Return the coefficient of determination of each column."""
        return [
            Row(f"R² of {name}", f"{of.r2:.4f}", "the test split") for name, of in details.per_column.items()
        ]

    def limits(self, details: RegressionDetails | None) -> list[str]:
        """Return the limit due to the range of the targets."""
        return ["It was trained on the range of its targets; predictions beyond it are extrapolations."]

    def _figure(self, evidence: Evidence, column: int) -> Figure:
        truth, predicted = evidence.truth[:, column], evidence.predictions[:, column].astype(np.float64)
        step = max(1, len(truth) // MOST_POINTS)
        true, guessed = truth[::step], predicted[::step]
        name = self._columns[column]
        ends = [float(min(truth.min(), predicted.min())), float(max(truth.max(), predicted.max()))]
        against = Chart(
            f"Predicted against true: {name}",
            Axis(f"true {name}"),
            Axis(f"predicted {name}"),
            (
                Marks("line", ends, ends, "no error", GREY, is_dashed=True, size=1.5),
                Marks("points", true.tolist(), guessed.tolist(), "test examples", BLUE, size=5),
            ),
            height=360,
        )
        residuals = Chart(
            f"Residuals: {name}",
            Axis(f"predicted {name}"),
            Axis("predicted minus true"),
            (
                Marks("line", ends, [0.0, 0.0], "no error", GREY, is_dashed=True, size=1.5),
                Marks("points", guessed.tolist(), (guessed - true).tolist(), "test examples", BLUE, size=5),
            ),
            height=360,
        )
        caption = f"Test examples{f', one of {step}' if step > 1 else ''}."
        return Figure(f"predicted_{column}", (against, residuals), caption)


def _by_column(details: RegressionDetails) -> Table:
    rows = [
        (name, f"{of.mae:.4g}", f"{of.rmse:.4g}", f"{of.r2:.4f}", f"{of.bias:.4g}")
        for name, of in details.per_column.items()
    ]
    columns = ("column", "mean absolute error", "root mean squared error", "R²", "mean error")
    return Table(columns, rows, "By column, on the test split, in the unit of the targets.")
