"""Descriptions of the metrics of segmentation, and their formulas in numpy, from counts of positions."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.metric import Metric

MEAN_IOU = Metric("mean_iou", "mean IoU", "maximize", "share", 0.0)
MEAN_DICE = Metric("mean_dice", "mean Dice", "maximize", "share", 0.0)
PIXEL_ACCURACY = Metric("pixel_accuracy", "pixel accuracy", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "nats", math.inf)
"""The cross-entropy of a position, also where a plan trains with another loss, so that trials compare."""

METRICS: Mapping[str, Metric] = {
    metric.name: metric for metric in (MEAN_IOU, MEAN_DICE, PIXEL_ACCURACY, LOSS)
}
"""All metrics by name, the main one first."""
BOUNDARY_F1 = Metric("boundary_f1", "boundary F1", "maximize", "share", 0.0)
FINAL_METRICS: Mapping[str, Metric] = {BOUNDARY_F1.name: BOUNDARY_F1}
"""The metrics of finished networks that take too long for every epoch."""
TOLERANCE = 0.0075
"""The largest distance of matching boundary positions, as a share of the diagonal of an example."""

IGNORED = 255
"""The value of positions in a target that count for nothing."""
_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm

Masks = NDArray[np.integer]
"""`(examples, *spatial)`: the class of each position, or `IGNORED`."""
Probabilities = NDArray[np.floating]
"""`(examples, *spatial, classes)`."""
Confusions = NDArray[np.int64]
"""`(..., classes, classes)`: positions by true class, the rows, and predicted class."""


def classes_of(predictions: Probabilities | Masks) -> Masks:
    """Return the most probable class of each position; predictions that are classes already are returned."""
    is_done = predictions.dtype.kind in "iu"
    classes: Masks = (predictions if is_done else predictions.argmax(axis=-1)).astype(np.uint8, copy=False)
    return classes


def values_of(confusion: Confusions) -> dict[str, float]:
    """Return the metrics of positions counted by true and predicted class, `(classes, classes)`.

    The means are over the classes that occur or are predicted. IoU: the positions in both sets divided by
    those in either; Dice: twice the positions in both divided by the sum of the sizes.
    """
    total = confusion.sum()
    return {
        MEAN_IOU.name: _mean_of(*iou_parts(confusion)),
        MEAN_DICE.name: _mean_of(*dice_parts(confusion)),
        PIXEL_ACCURACY.name: float(confusion.diagonal().sum() / total) if total else 0.0,
    }


def iou_parts(confusion: Confusions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions in both sets, and in either, of each class."""
    both = np.diagonal(confusion, axis1=-2, axis2=-1)
    return both, confusion.sum(axis=-1) + confusion.sum(axis=-2) - both


def dice_parts(confusion: Confusions) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return twice the positions in both sets, and the sum of the sizes, of each class."""
    both = np.diagonal(confusion, axis1=-2, axis2=-1)
    return 2 * both, confusion.sum(axis=-1) + confusion.sum(axis=-2)


def confusions(predictions: Probabilities | Masks, y: Masks, classes: int) -> Confusions:
    """Return the positions of each example by true and predicted class, `(examples, classes, classes)`."""
    found = np.zeros((len(y), classes, classes), np.int64)
    for number, (example, mask) in enumerate(zip(predictions, y, strict=True)):
        counted = mask != IGNORED
        places = mask[counted].astype(np.int64) * classes + classes_of(example)[counted]
        found[number] = np.bincount(places, minlength=classes**2).reshape(classes, classes)
    return found


def crossentropies(probabilities: Probabilities, y: Masks) -> NDArray[np.float64]:
    """Return the mean cross-entropy over the counted positions of each example, in nats."""
    found = np.zeros(len(y))
    for number, (example, mask) in enumerate(zip(probabilities, y, strict=True)):
        counted = mask != IGNORED
        rows = example[counted].astype(np.float64)
        chosen = np.take_along_axis(rows, mask[counted].astype(np.int64)[:, None], axis=-1)
        found[number] = -np.log(np.clip(chosen, _SMALLEST, 1.0)).mean() if len(chosen) else 0.0
    return found


def _mean_of(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> float:
    """Return the mean share of the classes that occur or are predicted."""
    exists = wholes > 0
    return float((parts[exists] / wholes[exists]).mean()) if exists.any() else 0.0
