"""Training of detectors: the loss of centres and boxes, and the boxes that outputs stand for."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.detection.metrics import LOSS, match, values_of
from cnnsearch.tasks.heatmaps import (
    at,
    best,
    gaussians,
    heat_loss,
    heats,
    near,
    nearest,
    peaks,
    places,
    weighted_mean,
)
from cnnsearch.tasks.in_parts import in_parts
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import Measured, OfObjects

SIGMA = 0.09
"""Deviation of a centre's Gaussian, as a share of the sides: 0.54 / 6 (Liu et al. 2020, section 3)."""
MOST = 100
"""The number of boxes of an example, as many as COCO's metrics count."""
_BOX_WEIGHT = 2.0  # of the loss of boxes, beside that of centres


class DetectionTraining(OfObjects):
    """See `TaskTraining`.

    Args:
        classes: The number of classes.
        stride: Pixels between neighbouring positions of the outputs, along height and width.
    """

    def __init__(self, classes: int, stride: Sequence[int]) -> None:
        self._classes, self._stride = classes, tuple(stride)

    @property
    def loss(self) -> Any:
        """The loss of centres and boxes."""
        return DetectionLoss(self._classes, self._stride)

    def measured(self, predictions: NDArray[Any], y: Targets) -> Measured:
        """Return the loss and the boxes of each example."""
        y = np.asarray(y)
        drawn = math.prod(predictions.shape[1:3]) * y.shape[1]  # a Gaussian for each box
        losses = in_parts(self.loss.call, y, predictions, numbers=drawn)
        boxes = in_parts(lambda outputs: decoded(outputs, self._classes, self._stride), predictions)
        return {"losses": losses, "boxes": boxes, "y": y}

    def values(self, measured: Measured) -> Values:
        """Return the mean loss, and the average precisions over all examples."""
        matches = match(measured["boxes"], measured["y"], self._classes)
        return {LOSS.name: float(measured["losses"].mean())} | values_of(matches)


class DetectionLoss(keras.losses.Loss):  # type: ignore[misc]
    """Focal loss of the heat maps of centres, one for each class, and generalized IoU loss of the boxes at
    positions around centres (Zhou et al. 2019; Liu et al. 2020, section 3; Rezatofighi et al. 2019).

    Args:
        classes: The number of classes.
        stride: See `DetectionTraining`.
    """

    def __init__(self, classes: int, stride: Sequence[int]) -> None:
        super().__init__(name="loss")
        self._classes, self._stride = classes, stride

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `(batch,)` losses of outputs `(batch, height, width, classes + 4)`."""
        sizes = y_pred.shape[1], y_pred.shape[2]
        wanted = encoded(y_true, self._classes, sizes, self._stride)
        centres = heat_loss(wanted.centres, y_pred[..., : self._classes])
        boxes = boxes_of(y_pred[..., self._classes :], self._stride)
        losses = 1.0 - generalized_iou(boxes, wanted.boxes)
        return centres + _BOX_WEIGHT * weighted_mean(losses, wanted.weights)


class Encoded(NamedTuple):
    """Targets as maps.

    Attributes:
        centres: The heat map of each class, `(batch, height, width, classes)`.
        boxes: The box at each position, `(batch, height, width, 4)`.
        weights: How much it counts, `(batch, height, width)`.
    """

    centres: Any
    boxes: Any
    weights: Any


def encoded(y: Any, classes: int, sizes: tuple[int, int], stride: Sequence[int]) -> Encoded:
    """Return boxes as maps; a position near to several centres has the box of the nearest.

    Args:
        y: `(batch, boxes, 5)`.
        classes: The number of classes.
        sizes: Height and width of the grid.
        stride: See `DetectionTraining`.
    """
    y = ops.cast(y, "float32")
    corners, kinds = y[..., :4], y[..., 4]
    points = (corners[..., :2] + corners[..., 2:]) / 2.0
    sigmas = (corners[..., 2:] - corners[..., :2]) * SIGMA
    drawn = gaussians(points, sigmas, sizes, stride) * ops.cast(kinds >= 0.0, "float32")[:, None, None, :]
    return Encoded(heats(drawn, kinds, classes), nearest(drawn, corners), near(drawn))


def generalized_iou(one: Any, other: Any) -> Any:
    """Return the generalized IoU of boxes, `(..., 4)` each (Rezatofighi et al. 2019, algorithm 1)."""

    def area(box: Any) -> Any:
        sides = ops.maximum(box[..., 2:] - box[..., :2], 0.0)
        return sides[..., 0] * sides[..., 1]

    least, most = ops.minimum(one, other), ops.maximum(one, other)
    both = area(ops.concatenate([most[..., :2], least[..., 2:]], axis=-1))
    either = ops.maximum(area(one) + area(other) - both, 1e-6)
    around = ops.maximum(area(ops.concatenate([least[..., :2], most[..., 2:]], axis=-1)), 1e-6)
    return both / either - (around - either) / around


def boxes_of(sides: Any, stride: Sequence[int]) -> Any:
    """Return the box of each position, `(batch, height, width, 4)`, from its distances to the four sides."""
    centres = places(sides, stride)
    return ops.concatenate([centres - sides[..., :2], centres + sides[..., 2:]], axis=-1)


def decoded(outputs: Any, classes: int, stride: Sequence[int]) -> Any:
    """Return the boxes around the peaks of the heat maps, `(batch, boxes, 6)`: x0, y0, x1, y1, the
    probability, and the class; the most probable ones first (Zhou et al. 2019, section 4.1).

    Args:
        outputs: `(batch, height, width, classes + 4)`.
        classes: The number of classes.
        stride: See `DetectionTraining`.
    """
    scores, positions, kinds = best(peaks(outputs[..., :classes]), MOST)
    boxes = at(boxes_of(outputs[..., classes:], stride), positions)
    return ops.concatenate([boxes, scores[..., None], ops.cast(kinds, "float32")[..., None]], axis=-1)
