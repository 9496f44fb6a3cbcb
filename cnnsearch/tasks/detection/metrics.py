"""Descriptions of the metrics of detection, and their values from boxes."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks import average_precision
from cnnsearch.tasks.average_precision import Matches, Objects
from cnnsearch.tasks.bootstrap import Times
from cnnsearch.tasks.metric import Metric

AP50 = Metric("ap50", "AP50", "maximize", "share", 0.0)
AP = Metric("ap", "AP50:95", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "number", math.inf)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (AP50, AP, LOSS)}
"""All metrics by name, the main one first."""

PredictedBoxes = NDArray[np.floating]
"""`(examples, boxes, 6)`: x0, y0, x1, y1, score and class index; a row of score 0 is unused."""
Boxes = NDArray[np.floating]
"""`(examples, boxes, 5)`: x0, y0, x1, y1 and class index; -1 in an unused row."""


def match(predictions: PredictedBoxes, y: Boxes, classes: int) -> Matches:
    """Compare predicted with true boxes; see `average_precision.match`.

    Predicted boxes that are not finite are left out, since pycocotools matches them with any true box.
    """
    is_true = y[..., 4] >= 0
    is_predicted = (predictions[..., 4] > 0) & np.isfinite(predictions).all(axis=-1)
    true = _objects(is_true, y, y[is_true][:, 4], np.ones(np.count_nonzero(is_true)))
    rows = predictions[is_predicted]
    predicted = _objects(is_predicted, predictions, rows[:, 5], rows[:, 4])
    return average_precision.match(true, predicted, examples=len(y), classes=classes, form="bbox")


def values_of(matches: Matches, times: Times | None = None) -> dict[str, float]:
    """Return AP50 and AP50:95, the means over the classes with a true box; 0 without any true box.

    Args:
        matches: The compared boxes.
        times: How often each example counts; by default once.
    """
    at_half, over_thresholds = average_precision.mean_average_precisions(matches, times)
    return {AP50.name: at_half, AP.name: over_thresholds}


def _objects(
    used: NDArray[np.bool_],
    boxes: NDArray[np.floating],
    labels: NDArray[np.floating],
    scores: NDArray[np.floating],
) -> Objects:
    """Return the used rows of boxes, `(examples, boxes, ...)`, as objects."""
    corners = boxes[used][:, :4].astype(np.float64)
    regions = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    return Objects(np.nonzero(used)[0], labels.astype(np.int64), regions.tolist(), scores)
