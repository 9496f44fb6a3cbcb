"""Training of taggers: binary cross-entropy over independent sigmoid outputs."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.tagging import metrics
from cnnsearch.tasks.training import Measured, OfOutputs


class TaggingTraining(OfOutputs):
    """See `TaskTraining`.

    Args:
        smoothing: The label smoothing of 0 and 1 towards 0.5 (Szegedy et al. 2016, for two classes).
    """

    def __init__(self, smoothing: float) -> None:
        self._smoothing = smoothing

    @property
    def loss(self) -> Any:
        """Binary cross-entropy, the mean over tags."""
        return keras.losses.BinaryCrossentropy()

    @property
    def metrics(self) -> Sequence[Any]:
        """The share of single tags that are predicted right.

        Under label smoothing, mixup and cutmix an example has a tag from a share of 0.5 on.
        """
        return [keras.metrics.MeanMetricWrapper(tag_accuracy, name="tag_accuracy")]

    constants: tuple[float, ...] = ()
    """None."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return smoothed rows of 0 and 1."""
        return np.asarray(y, np.float32) * np.float32(1 - self._smoothing) + np.float32(self._smoothing / 2)

    def values(self, measured: Measured) -> Values:
        """Score all predictions together, since mean average precision is not a mean over batches."""
        return metrics.values(measured["predictions"], measured["y"])


def tag_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return `(batch,)` shares of tags on the same side of the threshold as their targets."""
    same = ops.equal(y_true >= metrics.THRESHOLD, y_pred >= metrics.THRESHOLD)
    return ops.mean(ops.cast(same, y_pred.dtype), axis=-1)
