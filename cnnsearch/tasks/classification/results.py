"""Probabilities and classes -> the scores of classification, and its specific values. No Keras."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from cnnsearch.tasks.classification.calibration import reliability
from cnnsearch.tasks.classification.details import Calibration, ClassFigures, ClassificationDetails
from cnnsearch.tasks.classification.measures import values
from cnnsearch.tasks.classification.metrics import ACCURACY
from cnnsearch.tasks.classification.temperature import fit_temperature, tempered
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Score, Scores

Probabilities = NDArray[Any]
"""`(examples, classes)`."""
Truth = NDArray[np.integer]
"""`(examples,)`, class indices."""


class ClassificationResults:
    """See `TaskResults`.

    Args:
        labels: The classes.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def scores(self, predictions: Probabilities, y: Truth, *, on_test: bool) -> Scores:
        """Return every metric, on the test split with the interval of the accuracy."""
        intervals = {}
        if on_test:
            right = int(np.count_nonzero(predictions.argmax(axis=1) == y))
            intervals = {ACCURACY.name: share_interval(right, len(y))}
        return {
            name: Score.of_network(value, intervals.get(name))
            for name, value in values(predictions, y).items()
        }

    def fit(self, predictions: Probabilities, y: Truth) -> float:
        """Return the temperature that calibrates the probabilities."""
        return fit_temperature(predictions, y)

    def details(self, predictions: Probabilities, y: Truth, fitted: float | None) -> ClassificationDetails:
        """Return the calibration, and precision and recall of each class."""
        precision, recall, _, support = precision_recall_fscore_support(
            y, predictions.argmax(axis=1), labels=range(len(self._labels)), zero_division=0
        )
        return ClassificationDetails(
            calibration=None if fitted is None else calibration(predictions, y, fitted),
            per_class={
                label: ClassFigures(precision=float(p), recall=float(r), support=int(s))
                for label, p, r, s in zip(self._labels, precision, recall, support, strict=True)
            },
        )

    def kept(self, predictions: Probabilities) -> Probabilities:
        """Return predictions as float32."""
        return predictions.astype(np.float32)

    def worst(self, predictions: Probabilities, y: Truth) -> NDArray[np.int64]:
        """Return the indices of wrong predictions, most confident first."""
        wrong = np.flatnonzero(predictions.argmax(axis=1) != y)
        confidence = predictions.max(axis=1)
        return wrong[np.argsort(-confidence[wrong], kind="stable")]

    def agreement(self, expected: Probabilities, found: Probabilities) -> Agreement:
        """Compare probabilities and the most probable classes."""
        difference = float(np.max(np.abs(expected.astype(np.float64) - found)))
        return Agreement(difference, float(np.mean(expected.argmax(axis=1) == found.argmax(axis=1))))

    def decode(self, prediction: Probabilities, top: int) -> dict[str, str | float]:
        """Return the most probable labels and their probabilities."""
        order = np.argsort(-prediction, kind="stable")[:top]
        columns: dict[str, str | float] = {}
        for place, index in enumerate(order.tolist(), start=1):
            number = "" if place == 1 else str(place)
            columns[f"label{number}"] = self._labels[index]
            columns[f"probability{number}"] = round(float(prediction[index]), 6)
        return columns


def share_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927), which also holds for shares near 0 and 1."""
    interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def calibration(probabilities: Probabilities, y: Truth, temperature: float) -> Calibration:
    """Return the calibration before and after a temperature."""
    return Calibration(
        ece=reliability(probabilities, y).error,
        temperature=temperature,
        ece_after=reliability(tempered(probabilities, temperature), y).error,
    )
