"""Predicted and true numbers -> the scores of regression, and its specific values. No Keras."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.bootstrap import bootstrap_intervals
from cnnsearch.tasks.regression import metrics
from cnnsearch.tasks.regression.details import ColumnFigures, RegressionDetails
from cnnsearch.tasks.regression.metrics import Numbers
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Score, Scores

SAME = 0.05
"""The largest difference of equal predictions, in standard deviations of the targets."""


class RegressionResults:
    """See `TaskResults`.

    Args:
        columns: The names of the columns.
        deviations: The standard deviation of each column, over the training split.
    """

    def __init__(self, columns: Sequence[str], deviations: Sequence[float]) -> None:
        self._columns, self._deviations = tuple(columns), np.asarray(deviations)

    def scores(self, predictions: Numbers, y: Numbers, *, on_test: bool) -> Scores:
        """Return every metric, on test with bootstrap intervals."""
        intervals = bootstrap_intervals(self._values, predictions, y) if on_test else {}
        values = self._values(predictions, y)
        return {name: Score.of_network(value, intervals.get(name)) for name, value in values.items()}

    def _values(self, predictions: Numbers, y: Numbers) -> dict[str, float]:
        return metrics.values(predictions, y, self._deviations)

    def fit(self, predictions: Numbers, y: Numbers) -> None:
        """Return None, since nothing is fitted on the validation split."""

    def details(self, predictions: Numbers, y: Numbers, fitted: None) -> RegressionDetails:
        """Return the scores of each column."""
        errors = np.asarray(predictions, np.float64) - y
        r2 = metrics.r2_of_columns(errors, np.asarray(y))
        return RegressionDetails(
            per_column={
                name: ColumnFigures(
                    mae=float(np.abs(errors[:, column]).mean()),
                    rmse=float(np.sqrt(np.square(errors[:, column]).mean())),
                    r2=float(r2[column]),
                    bias=float(errors[:, column].mean()),
                )
                for column, name in enumerate(self._columns)
            }
        )

    def kept(self, predictions: Numbers) -> Numbers:
        """Return predictions as float32."""
        return predictions.astype(np.float32)

    def worst(self, predictions: Numbers, y: Numbers) -> NDArray[np.int64]:
        """Return the indices of all examples by their largest standardised error, descending."""
        errors = (np.abs(predictions - y) / self._deviations).max(axis=1)
        return np.argsort(-errors, kind="stable")

    def agreement(self, expected: Numbers, found: Numbers) -> Agreement:
        """Compare predictions, in standard deviations of the targets."""
        differences = np.abs(expected.astype(np.float64) - found) / self._deviations
        return Agreement(float(differences.max()), float((differences <= SAME).all(axis=1).mean()))

    def decode(self, prediction: Numbers, top: int) -> dict[str, str | float]:
        """Return the predicted number of each column."""
        return {name: float(value) for name, value in zip(self._columns, prediction, strict=True)}
