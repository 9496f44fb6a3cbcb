"""The loss of training with class weights."""

from typing import Any

import keras
from keras import ops


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
