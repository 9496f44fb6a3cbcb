"""Predictions and truth -> the scores of classification, and the details that only it has. No Keras.

The validation figures of a search are the worker's (measures.py); these are of finished networks.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_recall_fscore_support, recall_score

from cnnsearch.bundle.metrics import ClassFigures, ClassificationDetails, Score, Scores
from cnnsearch.finish.calibration import calibration
from cnnsearch.tasks.classification.metrics import ACCURACY, BALANCED_ACCURACY, LOSS, MACRO_F1

Probabilities = NDArray[Any]
"""`(examples, classes)`."""
Truth = NDArray[np.integer]
"""`(examples,)`, class indices."""
_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm


def scores_on_validation(probabilities: Probabilities, truth: Truth) -> Scores:
    """Return the scores of a network on the validation split."""
    return {name: Score.of_network(value) for name, value in _values(probabilities, truth).items()}


def scores_on_test(probabilities: Probabilities, truth: Truth) -> Scores:
    """Return the scores of a network on the test split, the accuracy with its interval."""
    right = int(np.count_nonzero(probabilities.argmax(axis=1) == truth))
    intervals = {ACCURACY.name: share_interval(right, len(truth))}
    values = _values(probabilities, truth)
    return {name: Score.of_network(value, intervals.get(name)) for name, value in values.items()}


def share_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927), which also holds for shares near 0 and 1."""
    found = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def details(
    probabilities: Probabilities, truth: Truth, labels: Sequence[str], temperature: float | None
) -> ClassificationDetails:
    """Return what only classification has, for predictions on the test split.

    Args:
        probabilities: `(examples, classes)`.
        truth: `(examples,)`, class indices.
        labels: The classes.
        temperature: Fitted on the validation split; None where the network was trained on that.
    """
    precision, recall, _, support = precision_recall_fscore_support(
        truth, probabilities.argmax(axis=1), labels=range(len(labels)), zero_division=0
    )
    return ClassificationDetails(
        calibration=None if temperature is None else calibration(probabilities, truth, temperature),
        per_class={
            label: ClassFigures(precision=float(p), recall=float(r), support=int(s))
            for label, p, r, s in zip(labels, precision, recall, support, strict=True)
        },
    )


def _values(probabilities: Probabilities, truth: Truth) -> dict[str, float]:
    """Return every metric of classification; classes without an example have no part in the recalls' mean."""
    chosen = probabilities.argmax(axis=1)
    of_truth = np.clip(probabilities[np.arange(len(truth)), truth], _SMALLEST, 1.0)
    there = np.unique(truth)
    return {
        ACCURACY.name: float(np.mean(chosen == truth)),
        BALANCED_ACCURACY.name: float(recall_score(truth, chosen, labels=there, average="macro")),
        MACRO_F1.name: float(f1_score(truth, chosen, average="macro", zero_division=0)),
        LOSS.name: float(-np.mean(np.log(of_truth))),
    }
