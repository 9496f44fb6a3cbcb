"""Descriptions of the metrics of keypoints, and their formulas in numpy.

Predicted instances are assigned to true ones once; every value, also that of resampled examples, is computed
from the assignment.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.bootstrap import Times
from cnnsearch.tasks.metric import Metric

MEAN_OKS = Metric("mean_oks", "mean OKS", "maximize", "share", 0.0)
"""The object keypoint similarity (OKS) of a true instance with its predicted one, the mean over true ones."""
PCK = Metric("pck", "PCK", "maximize", "share", 0.0)
"""The share of labelled keypoints that are predicted within `PCK_DISTANCE` of the size of their instance."""
PIXEL_ERROR = Metric("pixel_error", "pixel error", "minimize", "pixels", math.inf)
"""The median distance, in pixels of the example, of the labelled keypoints of true instances that have a
predicted one; the diagonal of an example if there are none."""
LOSS = Metric("loss", "loss", "minimize", "number", math.inf)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (MEAN_OKS, PCK, PIXEL_ERROR, LOSS)}
"""All metrics by name, the main one first."""

SIGMA = 0.05
"""The standard deviation of annotations relative to the scale of an instance, the same for every keypoint.

COCO has one for each of its own keypoints, 0.025 to 0.107.
"""
SMALLEST_SCALE = 0.05
"""The smallest scale of an instance, as a share of the larger side of the example."""
SMALLEST_SCORE = 0.1
"""Only predicted instances with a larger score are assigned."""
GOOD_OKS = 0.5
"""The OKS from which a pair is assigned before all pairs with a smaller one; COCO's smallest threshold."""
PCK_DISTANCE = 0.2
"""The largest distance of a correct keypoint, as a share of the larger side of the box around the labelled
keypoints of its instance, which is at least `SMALLEST_SCALE` of the example (Yang and Ramanan 2013,
Articulated Human Detection with Flexible Mixtures of Parts, section 6.1)."""

Keypoints = NDArray[np.floating]
"""`(examples, instances, keypoints, 3)`: x, y and visibility, or x, y and score in predictions."""


@dataclass(frozen=True)
class Matched:
    """The true instances of all examples, one row each, compared with the predicted ones assigned to them.

    Attributes:
        examples: The index of the example, `(instances,)`.
        labelled: Whether each keypoint is labelled, `(instances, keypoints)`.
        similarities: The similarity of each labelled keypoint, `(instances, keypoints)`; 0 for the others,
            and without a predicted instance.
        distances: The distance of each labelled keypoint in pixels, `(instances, keypoints)`; NaN for the
            others, and without a predicted instance.
        correct: Whether each labelled keypoint is correct by PCK, `(instances, keypoints)`.
        diagonal: The diagonal of an example in pixels.
    """

    examples: NDArray[np.int64]
    labelled: NDArray[np.bool_]
    similarities: NDArray[np.float64]
    distances: NDArray[np.float64]
    correct: NDArray[np.bool_]
    diagonal: float

    @property
    def oks(self) -> NDArray[np.float64]:
        """The OKS of each instance, `(instances,)`; 0 without a predicted instance."""
        means: NDArray[np.float64] = self.similarities.sum(axis=1) / self.labelled.sum(axis=1)
        return means


@dataclass(frozen=True)
class KeypointValues:
    """The values of each keypoint, `(keypoints,)`.

    Attributes:
        labelled: The number of true instances in which it is labelled.
        mean_oks: The mean similarity over those; NaN if there are none.
        median_error: The median distance in pixels over those with a predicted instance; NaN if there are
            none.
        mean_error: The mean distance, likewise.
    """

    labelled: NDArray[np.int64]
    mean_oks: NDArray[np.float64]
    median_error: NDArray[np.float64]
    mean_error: NDArray[np.float64]


def matched(predictions: Keypoints, y: Keypoints, sizes: tuple[int, int]) -> Matched:
    """Assign predicted instances to true ones, one to one within an example, and compare them.

    In order of descending score, each predicted instance above `SMALLEST_SCORE` is assigned the true instance
    with the greatest OKS that has none yet, if the OKS is `GOOD_OKS` or more, as in COCO's evaluation. The
    true instances that are left are assigned the predicted instances that are left in the same way, whatever
    the OKS, so that poor predictions have an error too.

    Args:
        predictions: `(examples, instances, keypoints, 3)`; the score of an instance is the mean over its
            keypoints.
        y: `(examples, instances, keypoints, 3)`; an instance without a labelled keypoint is unused.
        sizes: The height and width of an example in pixels.
    """
    is_used = (y[..., 2] > 0).any(axis=-1)
    examples = np.nonzero(is_used)[0]
    true = y[is_used].astype(np.float64)
    points, labelled = true[..., :2], true[..., 2] > 0
    sides, smallest = _sides(points, labelled), SMALLEST_SCALE * max(sizes)
    scales = np.maximum(np.sqrt(np.square(sides).mean(axis=-1)), smallest)
    reaches = PCK_DISTANCE * np.maximum(sides.max(axis=-1), smallest)
    similarities, distances = np.zeros(labelled.shape), np.full(labelled.shape, np.nan)
    for example in np.unique(examples).tolist():
        rows = np.flatnonzero(examples == example)
        found = _by_score(predictions[example].astype(np.float64))
        offsets = np.linalg.norm(found[:, None] - points[rows], axis=-1)
        alike = keypoint_similarities(offsets, scales[rows]) * labelled[rows]
        predicted, assigned = _assigned(alike.sum(axis=-1) / labelled[rows].sum(axis=-1))
        similarities[rows[assigned]] = alike[predicted, assigned]
        distances[rows[assigned]] = np.where(labelled[rows[assigned]], offsets[predicted, assigned], np.nan)
    correct = distances <= reaches[:, None]
    return Matched(examples, labelled, similarities, distances, correct, math.hypot(*sizes))


def keypoint_similarities(
    distances: NDArray[np.floating], scales: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return `exp(-d^2 / (2 s^2 k^2))`, whose mean over the labelled keypoints is the OKS.

    d is the distance, s the scale of the instance and k = 2 sigma (https://cocodataset.org/#keypoints-eval;
    Ronchi and Perona 2017, Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation). In `matched`,
    `s^2 = (w^2 + h^2) / 2` for the width and height of the labelled keypoints of the true instance, and s is
    at least `SMALLEST_SCALE` of the example; in COCO, s^2 is the annotated area of the object.

    Args:
        distances: `(..., instances, keypoints)`, in pixels.
        scales: `(instances,)`, in pixels.
    """
    similarities: NDArray[np.float64] = np.exp(-0.5 * np.square(distances / (2 * SIGMA * scales[:, None])))
    return similarities


def values_of(matched: Matched, times: Times | None = None) -> dict[str, float]:
    """Return every metric of keypoints but the loss.

    A true instance without a predicted one has OKS 0, and its keypoints are not correct. Without any true
    instance the shares are 0.

    Args:
        matched: The assigned instances.
        times: How often each example counts; by default once.
    """
    counts = np.ones(len(matched.examples), np.int64) if times is None else times[matched.examples]
    labelled = counts @ matched.labelled.sum(axis=1)
    distances = np.repeat(matched.distances, counts, axis=0)
    distances = distances[~np.isnan(distances)]
    return {
        MEAN_OKS.name: float(counts @ matched.oks / max(counts.sum(), 1)),
        PCK.name: float(counts @ matched.correct.sum(axis=1) / max(labelled, 1)),
        PIXEL_ERROR.name: float(np.median(distances)) if len(distances) else matched.diagonal,
    }


def values_by_keypoint(matched: Matched) -> KeypointValues:
    """Return the values of each keypoint over all true instances."""
    columns = [column[~np.isnan(column)] for column in matched.distances.T]
    labelled = matched.labelled.sum(axis=0)
    means = np.full(len(labelled), np.nan)
    np.divide(matched.similarities.sum(axis=0), labelled, out=means, where=labelled > 0)
    return KeypointValues(
        labelled=labelled,
        mean_oks=means,
        median_error=np.array([np.median(column) if len(column) else np.nan for column in columns]),
        mean_error=np.array([column.mean() if len(column) else np.nan for column in columns]),
    )


def _sides(points: NDArray[np.float64], labelled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the width and height of the labelled keypoints of each instance, `(instances, 2)`."""
    where = labelled[..., None]
    highest = points.max(axis=1, where=where, initial=-np.inf)
    sides: NDArray[np.float64] = highest - points.min(axis=1, where=where, initial=np.inf)
    return sides


def _by_score(predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points, `(instances, keypoints, 2)`, of the instances to assign, by score, descending."""
    scores = predicted[..., 2].mean(axis=-1)
    order = np.argsort(-scores, kind="stable")
    points: NDArray[np.float64] = predicted[order[scores[order] > SMALLEST_SCORE], :, :2]
    return points


def _assigned(oks: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Return the indices of predicted instances and of the true ones assigned to them.

    Args:
        oks: `(predicted instances by score, true instances)`.
    """
    pairs: dict[int, int] = {}
    left = np.ones(oks.shape[1], np.bool_)
    for smallest in (GOOD_OKS, 0.0):
        for predicted in range(len(oks)):
            row = np.where(left, oks[predicted], -1.0)
            best = int(row.argmax())
            if predicted not in pairs and row[best] >= smallest:
                pairs[predicted], left[best] = best, False
    return list(pairs), list(pairs.values())
