"""Weights that balance classes of different size."""

import numpy as np
from numpy.typing import NDArray


def balanced_weights(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return a weight for each class: n / (k count), as in scikit-learn's "balanced" (King and Zeng 2001,
    Logistic regression in rare events data, section 3.2).

    The mean weight over the n examples is 1, so that learning rates keep their meaning.

    Args:
        counts: The number of training examples of each class, `(classes,)`; k counts the classes with
            examples, and the others have weight 0.
    """
    present = counts > 0
    weights = np.zeros(len(counts))
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights
