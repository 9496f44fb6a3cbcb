"""Training of segmentation networks: losses of the probabilities at every position."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.plan.training_plan import Loss
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.classification.balance import balanced_weights
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.segmentation.metrics import (
    IGNORED,
    LOSS,
    PIXEL_ACCURACY,
    confusions,
    crossentropies,
    values_of,
)
from cnnsearch.tasks.training import ClassWeights, Measured

_SMALLEST = 1e-7  # probabilities are at least this before the logarithm


class SegmentationTraining:
    """See `TaskTraining`.

    Args:
        classes: The number of classes.
        loss: The loss of the plan; `auto`: cross-entropy.
        y: The training targets.
        class_weights: `balanced`: weights positions inversely to the number of positions of their class.
    """

    def __init__(self, classes: int, loss: Loss, y: Targets, class_weights: ClassWeights) -> None:
        self._classes, self._loss = classes, loss
        self._weights = np.ones(classes)
        if class_weights == "balanced":
            counts = sum(np.bincount(mask.ravel(), minlength=IGNORED + 1) for mask in y)
            self._weights = np.round(balanced_weights(np.asarray(counts)[:classes]), 6)

    @property
    def loss(self) -> Any:
        """The plan's loss."""
        return MapLoss(self._loss, self.constants)

    @property
    def metrics(self) -> Sequence[Any]:
        """The share of positions whose most probable class is the true one."""
        return [keras.metrics.MeanMetricWrapper(_shares_right, name=PIXEL_ACCURACY.name)]

    @property
    def constants(self) -> tuple[float, ...]:
        """The weights of the classes."""
        return tuple(self._weights.tolist())

    def training_targets(self, y: Targets) -> NDArray[Any]:
        """Return the classes of the positions unchanged."""
        return np.asarray(y)

    def measured(self, predictions: NDArray[Any], y: Targets) -> Measured:
        """Return the cross-entropy and the counted positions of each example."""
        y = np.asarray(y)
        return {
            "losses": crossentropies(predictions, y),
            "positions": confusions(predictions, y, self._classes),
        }

    def values(self, measured: Measured) -> Values:
        """Return the cross-entropy and the metrics of segmentation, over all positions together."""
        return {LOSS.name: float(measured["losses"].mean())} | values_of(measured["positions"].sum(axis=0))


class MapLoss(keras.losses.Loss):  # type: ignore[misc]
    """A loss of probabilities at every position, `(batch, *spatial, classes)`; ignored positions count for
    nothing.

    Args:
        kind: `crossentropy`; `focal`: cross-entropy times (1 - p)^2, for the probability p of the true class
            (Lin et al. 2017, section 3.2); `dice`: 1 minus the mean over classes of the Dice coefficient of
            the probabilities (Milletari et al. 2016, section 3); `crossentropy_dice`: their sum.
        weights: The weight of each class in cross-entropies.
    """

    def __init__(self, kind: Loss, weights: Sequence[float]) -> None:
        super().__init__(name="loss")
        self._kind, self._weights = kind, tuple(weights)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `(batch,)` losses, the mean over the counted positions of an example."""
        truth = _one_hot(y_true, len(self._weights))
        if self._kind == "dice":
            return _dice(truth, y_pred)
        found = self._crossentropy(truth, y_pred)
        return found + _dice(truth, y_pred) if self._kind == "crossentropy_dice" else found

    def _crossentropy(self, truth: Any, y_pred: Any) -> Any:
        probabilities = ops.clip(ops.sum(truth * y_pred, axis=-1), _SMALLEST, 1.0)
        losses = -ops.log(probabilities) * ops.sum(
            truth * ops.convert_to_tensor(self._weights, "float32"), axis=-1
        )
        if self._kind == "focal":
            losses = losses * (1.0 - probabilities) ** 2
        counted = ops.sum(truth, axis=-1)
        return _over_positions(losses * counted) / ops.maximum(_over_positions(counted), 1.0)


def _one_hot(y_true: Any, classes: int) -> Any:
    """Return `(batch, *spatial, classes)`; zeros where a position is ignored."""
    return ops.one_hot(ops.cast(y_true, "int32"), classes, dtype="float32")


def _dice(truth: Any, y_pred: Any) -> Any:
    """Return 1 minus the mean Dice coefficient over the classes of each example."""
    counted = ops.sum(truth, axis=-1, keepdims=True)
    axes = tuple(range(1, len(truth.shape) - 1))
    both = ops.sum(truth * y_pred, axis=axes)
    sizes = ops.sum(truth + y_pred * counted, axis=axes)
    return 1.0 - ops.mean((2.0 * both + 1.0) / (sizes + 1.0), axis=-1)  # 1 for a class of no positions


def _shares_right(y_true: Any, y_pred: Any) -> Any:
    """Return `(batch,)` shares of the counted positions."""
    truth = ops.cast(y_true, "int32")
    counted = ops.cast(truth != IGNORED, "float32")
    right = ops.cast(ops.argmax(y_pred, axis=-1) == truth, "float32") * counted
    return _over_positions(right) / ops.maximum(_over_positions(counted), 1.0)


def _over_positions(numbers: Any) -> Any:
    """Return `(batch,)` sums."""
    return ops.sum(numbers, axis=tuple(range(1, len(numbers.shape))))
