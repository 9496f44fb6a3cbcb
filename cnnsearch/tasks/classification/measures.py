"""What a classifier reaches, class by class: balanced accuracy and macro F1, from counts of each class.

numpy alone; the engine counts in the backend while it validates, others from predictions.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[Any]
"""`(3, classes)`: of each class the examples that were found, those there are, and those that were chosen."""


def class_counts(truth: NDArray[Any], chosen: NDArray[Any], classes: int) -> Counts:
    """Counts each class.

    Args:
        truth: `(examples,)`; the classes' indices.
        chosen: Likewise, as predicted.
        classes: How many there are.
    """
    found = truth[truth == chosen]
    return np.stack([np.bincount(indices, minlength=classes) for indices in (found, truth, chosen)])


def balanced_accuracy(counts: Counts) -> float:
    """The mean of the classes' recalls (Brodersen et al. 2010, The balanced accuracy and its posterior
    distribution, for two classes; the mean over more is scikit-learn's); classes without an example are
    left out."""
    found, there, _ = np.asarray(counts, np.float64)
    present = there > 0
    return float(np.mean(found[present] / there[present]))


def macro_f1(counts: Counts) -> float:
    """The mean of the classes' F1 scores, 2 found / (there + chosen), as scikit-learn has it: classes that
    neither occur nor are chosen are left out, those that are never found count as 0."""
    found, there, chosen = np.asarray(counts, np.float64)
    seen = there + chosen > 0
    return float(np.mean(2 * found[seen] / (there + chosen)[seen]))
