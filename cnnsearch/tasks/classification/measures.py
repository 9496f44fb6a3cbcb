"""The metrics of a classifier, in numpy; balanced accuracy and macro F1 from counts of each class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.classification.metrics import ACCURACY, BALANCED_ACCURACY, LOSS, MACRO_F1

_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm

Counts = NDArray[Any]
"""`(3, classes)`: for each class the numbers of correctly predicted, of true, and of predicted examples."""


def values(probabilities: NDArray[Any], y: NDArray[Any]) -> dict[str, float]:
    """Return every metric of classification.

    Args:
        probabilities: `(examples, classes)`.
        y: The true class indices, `(examples,)`.
    """
    chosen = probabilities.argmax(axis=1)
    counts = class_counts(y, chosen, probabilities.shape[1])
    of_truth = np.clip(probabilities[np.arange(len(y)), y].astype(np.float64), _SMALLEST, 1.0)
    return {
        ACCURACY.name: float(np.mean(chosen == y)),
        BALANCED_ACCURACY.name: balanced_accuracy(counts),
        MACRO_F1.name: macro_f1(counts),
        LOSS.name: float(-np.mean(np.log(of_truth))),
    }


def class_counts(truth: NDArray[Any], chosen: NDArray[Any], classes: int) -> Counts:
    """Count the examples of each class.

    Args:
        truth: The true class indices, `(examples,)`.
        chosen: The predicted class indices, `(examples,)`.
        classes: The number of classes.
    """
    correct = truth[truth == chosen]
    return np.stack([np.bincount(indices, minlength=classes) for indices in (correct, truth, chosen)])


def balanced_accuracy(counts: Counts) -> float:
    """Return the mean recall over the classes with examples (Brodersen et al. 2010, The balanced accuracy and
    its posterior distribution, for two classes; extended to more as in scikit-learn)."""
    correct, true, _ = np.asarray(counts, np.float64)
    present = true > 0
    return float(np.mean(correct[present] / true[present]))


def macro_f1(counts: Counts) -> float:
    """Return the mean F1 score over classes, 2 correct / (true + predicted), as in scikit-learn: classes that
    neither occur nor are predicted are omitted; those never predicted correctly count as 0."""
    correct, true, predicted = np.asarray(counts, np.float64)
    present = true + predicted > 0
    return float(np.mean(2 * correct[present] / (true + predicted)[present]))
