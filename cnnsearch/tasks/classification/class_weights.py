"""Classes that have few examples count for more in training; validation and test never weigh."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


def balanced_weights(y: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """A weight for each class: n / (k count), as scikit-learn's "balanced" has it (King and Zeng 2001,
    Logistic regression in rare events data, section 3.2).

    Over the n examples the weights' mean is 1, so a learning rate means what it did.

    Args:
        y: `(examples,)`; the training examples' class indices.
        classes: How many classes there are; of k only those that have examples, the others weigh 0.
    """
    counts = np.bincount(y, minlength=classes)
    present = counts > 0
    weights = np.zeros(classes, np.float32)
    weights[present] = len(y) / (present.sum() * counts[present])
    return weights


class WeightedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy whose targets bring their weights: a row is an example's shares of the classes times the
    weight of its class, and its sum is that weight.

    So weights mix as targets do: of two examples in shares a and b (mixup, cutmix) the loss is
    a w1 CE(t1) + b w2 CE(t2), each part with its own example's weight; and what label smoothing spreads
    over all classes has the weight of the example's own class. The shares are brought back to a sum of 1
    before the cross-entropy, since TensorFlow's gradient of it takes that for granted.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """`(batch,)` losses; their mean is over the examples, not over the weights."""
        weights = ops.sum(y_true, axis=-1)
        return weights * keras.losses.categorical_crossentropy(y_true / weights[:, None], y_pred)
