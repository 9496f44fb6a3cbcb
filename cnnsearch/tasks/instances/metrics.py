"""Descriptions of the metrics of instances, and their values from maps of classes and instance numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks import average_precision
from cnnsearch.tasks.average_precision import Matches, Objects
from cnnsearch.tasks.bootstrap import Times
from cnnsearch.tasks.instances.segments import Comparison, SegmentCounts, Segments
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.segmentation.metrics import MEAN_IOU, Confusions
from cnnsearch.tasks.segmentation.metrics import values_of as segmentation_values_of

MASK_AP50 = Metric("mask_ap50", "mask AP50", "maximize", "share", 0.0)
MASK_AP = Metric("mask_ap", "mask AP50:95", "maximize", "share", 0.0)
PANOPTIC_QUALITY = Metric("panoptic_quality", "panoptic quality", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "number", math.inf)

METRICS: Mapping[str, Metric] = {
    metric.name: metric for metric in (MASK_AP50, MASK_AP, PANOPTIC_QUALITY, MEAN_IOU, LOSS)
}
"""All metrics by name, the main one first."""

PredictedMaps = NDArray[np.floating]
"""`(examples, height, width, 3)`: class index, number of the instance (0: none) and score of the instance."""
Maps = NDArray[np.integer]
"""`(examples, height, width, 2)`: class index (255: ignored) and number of the instance (0: none)."""


@dataclass(frozen=True)
class Measured:
    """Predicted maps compared with true ones.

    Attributes:
        matches: The instances, compared for average precision.
        segments: The segments, counted for panoptic quality, `(examples, classes)` each.
        confusions: The positions by true and predicted class, `(examples, classes, classes)`.
    """

    matches: Matches
    segments: SegmentCounts
    confusions: Confusions


def measured(predictions: PredictedMaps, y: Maps, classes: int) -> Measured:
    """Compare predicted with true maps; ignored positions are removed from both."""
    true, predicted, counts, confusions = [], [], [], []
    ones = np.ones(y.shape[1:3])
    for example, (prediction, maps) in enumerate(zip(predictions, y, strict=True)):
        compared = Comparison.of(prediction[..., :2], maps)
        true.append(_objects(example, compared.true, compared.counted, ones))
        predicted.append(_objects(example, compared.predicted, compared.counted, prediction[..., 2]))
        counts.append(SegmentCounts.of(compared, classes))
        confusions.append(compared.confusion(classes))
    matches = average_precision.match(
        Objects.joined(true), Objects.joined(predicted), examples=len(y), classes=classes, form="segm"
    )
    return Measured(matches, SegmentCounts.stacked(counts), np.stack(confusions))


def values_of(measured: Measured, times: Times | None = None) -> dict[str, float]:
    """Return every metric of instances but the loss.

    The average precisions are means over the classes with a true instance; panoptic quality and IoU are means
    over the classes that occur or are predicted, those without instances included.

    Args:
        measured: The compared maps.
        times: How often each example counts; by default once.
    """
    at_half, over_thresholds = average_precision.mean_average_precisions(measured.matches, times)
    qualities = panoptic_qualities(measured.segments, times)
    qualities = qualities[~np.isnan(qualities)]
    weights = np.ones(len(measured.confusions), np.int64) if times is None else times
    confusion = np.tensordot(weights, measured.confusions, axes=1)
    return {
        MASK_AP50.name: at_half,
        MASK_AP.name: over_thresholds,
        PANOPTIC_QUALITY.name: float(qualities.mean()) if len(qualities) else 0.0,
        MEAN_IOU.name: segmentation_values_of(confusion)[MEAN_IOU.name],
    }


def panoptic_qualities(segments: SegmentCounts, times: Times | None = None) -> NDArray[np.float64]:
    """Return the panoptic quality of each class, `(classes,)`; NaN if it neither occurs nor is predicted.

    It is the sum of the IoUs of matched segments, divided by the number of matched ones and half that of
    missed and false ones (Kirillov et al. 2019, Panoptic Segmentation, equation 1).

    Args:
        segments: The segments of each example.
        times: How often each example counts; by default once.
    """
    weights = np.ones(len(segments.ious), np.int64) if times is None else times
    wholes = weights @ (segments.matched + 0.5 * (segments.missed + segments.false))
    found = np.full(len(wholes), np.nan)
    np.divide(weights @ segments.ious, wholes, out=found, where=wholes > 0)
    return found


def _objects(
    example: int, segments: Segments, counted: NDArray[np.bool_], scores: NDArray[np.floating]
) -> Objects:
    """Return the instances of an example that have a counted position.

    Args:
        example: The index of the example.
        segments: The segments.
        counted: Whether each position counts, `(height, width)`.
        scores: The score of the instance at each position, `(height, width)`.
    """
    count = len(segments.labels)
    areas = np.bincount(segments.places[counted], minlength=count)
    chosen = np.flatnonzero((segments.numbers > 0) & (areas > 0))
    masks = (segments.places[..., None] == chosen) & counted[..., None]
    by_segment = np.zeros(count)
    by_segment[segments.places] = scores
    return Objects(
        examples=np.full(len(chosen), example),
        labels=segments.labels[chosen],
        regions=average_precision.encoded(masks),
        scores=by_segment[chosen],
    )
