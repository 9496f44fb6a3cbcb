"""Class weights: larger for classes with few examples, in training only."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


def balanced_weights(y: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """Return a weight for each class: n / (k count), as in scikit-learn's "balanced" (King and Zeng 2001,
    Logistic regression in rare events data, section 3.2).

    The mean weight over the n examples is 1, so that learning rates keep their meaning.

    Args:
        y: The class indices of the training examples, `(examples,)`.
        classes: The number of classes; k counts those with examples, and the others have weight 0.
    """
    counts = np.bincount(y, minlength=classes)
    present = counts > 0
    weights = np.zeros(classes, np.float32)
    weights[present] = len(y) / (present.sum() * counts[present])
    return weights


class WeightedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy whose targets include the weights: a row is an example's distribution over the classes
    times the weight of its class, so that its sum is that weight.

    Weights then mix like targets: for two examples in shares a and b (mixup, cutmix) the loss is
    a w1 CE(t1) + b w2 CE(t2), each term with the weight of its example; with label smoothing the whole
    distribution has the weight of the example's own class. Rows are normalized to sum 1 before the
    cross-entropy, since TensorFlow's gradient assumes it.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `(batch,)` losses, whose mean is over examples, not over weights."""
        weights = ops.sum(y_true, axis=-1)
        return weights * keras.losses.categorical_crossentropy(y_true / weights[:, None], y_pred)
