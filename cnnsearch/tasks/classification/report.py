"""Presentation of the results of a classifier: sentences, tables and figures."""

from collections.abc import Sequence

from cnnsearch.page import formatting
from cnnsearch.page.parts import TALL, Part, Plot, Table, Text
from cnnsearch.page.pictures import class_label
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.classification import figures
from cnnsearch.tasks.classification.details import ClassificationDetails
from cnnsearch.tasks.evidence import Evidence
from cnnsearch.tasks.report import Row
from cnnsearch.tasks.scores import Score


class ClassificationReport:
    """See `TaskReport`.

    Args:
        labels: The classes.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def result(self, score: Score, examples: int) -> str:
        """Return the number of correctly classified test examples."""
        right = round(score.value * examples)
        return f"It classifies {right:,} of {examples:,} test examples correctly"

    def predicted(self, prediction: Predictions) -> str:
        """Return the most probable class and its probability."""
        best = int(prediction.argmax())
        return f"{class_label(self._labels, best)} ({formatting.percent(float(prediction[best]), 0)})"

    def columns(self, details: ClassificationDetails) -> dict[str, str]:
        """Return the expected calibration error."""
        found = details.calibration
        shown = "–" if found is None else f"{found.ece:.4f} ({found.ece_after:.4f})"
        return {"ECE (with temperature)": shown}

    def column_notes(self) -> str:
        """Explain the calibration error."""
        return (
            "ECE: expected calibration error on the test split, and in parentheses with a temperature fitted "
            "on validation."
        )

    def parts(self, evidence: Evidence, details: ClassificationDetails) -> list[Part]:
        """Return confusion matrix, confused pairs, reliability, and the scores of each class."""
        pairs = figures.confused_pairs(evidence, self._labels)
        return [
            Plot(figures.confusion_figure(evidence, self._labels)),
            pairs or Text("No test example is misclassified."),
            Plot(figures.reliability_figure(evidence)),
            _by_class(details),
        ]

    def worst_caption(self) -> str:
        """Return the caption of the gallery."""
        return "The most confidently misclassified test examples."

    def rows(self, details: ClassificationDetails) -> list[Row]:
        """Return the expected calibration error."""
        if (found := details.calibration) is None:
            return []
        after = f"{found.ece_after:.4f} at temperature {found.temperature:.2f}"
        return [Row("expected calibration error", f"{found.ece:.4f} ({after})", "the test split")]

    def limits(self, details: ClassificationDetails | None) -> list[str]:
        """Return the limits due to a closed set of classes, and to a missing calibration."""
        closed = "It predicts only the classes listed here, also for an example of none of them."
        unchecked = "The calibration of its probabilities was not measured."
        return [closed] if details is not None and details.calibration else [closed, unchecked]


def _by_class(details: ClassificationDetails) -> Table:
    rows = [
        (label, formatting.percent(of.precision, 1), formatting.percent(of.recall, 1), f"{of.support:,}")
        for label, of in details.per_class.items()
    ]
    columns = ("class", "precision", "recall", "test examples")
    return Table(columns, rows, "By class, on the test split.", is_tall=len(rows) > TALL)
