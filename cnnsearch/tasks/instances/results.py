"""Predicted and true maps of classes and instances -> the scores of instance segmentation. No Keras."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.average_precision import average_precisions
from cnnsearch.tasks.bootstrap import scores_by_times
from cnnsearch.tasks.instances import metrics
from cnnsearch.tasks.instances.details import InstancesDetails, SegmentedInstances
from cnnsearch.tasks.instances.metrics import Maps, PredictedMaps
from cnnsearch.tasks.instances.segments import Comparison
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Scores
from cnnsearch.tasks.segmentation.metrics import iou_parts


class InstancesResults:
    """See `TaskResults`.

    Args:
        labels: The classes, the background first.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def scores(self, predictions: PredictedMaps, y: Maps, *, on_test: bool) -> Scores:
        """Return the metrics of maps; on test with bootstrap intervals over examples."""
        measured = metrics.measured(predictions, y, len(self._labels))
        return scores_by_times(partial(metrics.values_of, measured), len(y), on_test=on_test)

    def fit(self, predictions: PredictedMaps, y: Maps) -> None:
        """Return None, since nothing is fitted on the validation split."""

    def details(self, predictions: PredictedMaps, y: Maps, fitted: None) -> InstancesDetails:
        """Return the scores of each class."""
        measured = metrics.measured(predictions, y, len(self._labels))
        values = average_precisions(measured.matches)
        qualities = metrics.panoptic_qualities(measured.segments)
        both, either = iou_parts(measured.confusions.sum(axis=0))
        support = measured.matches.true.sum(axis=0).tolist()
        return InstancesDetails(
            per_class={
                label: SegmentedInstances(
                    ap50=_known(values[place, 0]),
                    ap=_known(values[place].mean()),
                    quality=_known(qualities[place]),
                    iou=float(both[place] / either[place]) if either[place] else None,
                    support=support[place],
                )
                for place, label in enumerate(self._labels)
            }
        )

    def kept(self, predictions: PredictedMaps) -> Maps:
        """Return the classes and the numbers of instances in the form of targets, without the scores."""
        maps: Maps = predictions[..., :2].astype(np.uint8)
        return maps

    def worst(self, predictions: PredictedMaps, y: Maps) -> NDArray[np.int64]:
        """Return the indices of the examples with a true or predicted instance by their panoptic quality, the
        mean over classes, ascending."""
        segments = metrics.measured(predictions, y, len(self._labels)).segments
        has_instance = (y[..., 1] > 0).any(axis=(1, 2)) | (predictions[..., 1] > 0).any(axis=(1, 2))
        places = np.flatnonzero(has_instance)
        wholes = segments.matched + 0.5 * (segments.missed + segments.false)
        shares = segments.ious / np.maximum(wholes, 0.5)  # 0 for a class that is neither true nor predicted
        means = shares.sum(axis=1) / np.maximum((wholes > 0).sum(axis=1), 1)
        worst: NDArray[np.int64] = places[np.argsort(means[places], kind="stable")]
        return worst

    def agreement(self, expected: PredictedMaps, found: PredictedMaps) -> Agreement:
        """Return the share of positions with the same class and the same instance, whatever its number, and
        the largest difference of scores at those positions."""
        same = np.stack([_same(one, other) for one, other in zip(expected, found, strict=True)])
        differences = np.abs(expected[..., 2].astype(np.float64) - found[..., 2])[same]
        return Agreement(float(differences.max(initial=0.0)), float(np.mean(same)))

    def decode(self, prediction: PredictedMaps, top: int) -> dict[str, str | float]:
        """Return the number of instances of each class but the background, and the largest score."""
        is_thing = prediction[..., 1] > 0
        kinds = np.unique(prediction[is_thing][:, :2].astype(np.int64), axis=0)[:, 0]
        counts = np.bincount(kinds, minlength=len(self._labels)).tolist()
        named: dict[str, str | float] = {
            f"count_{label}": count for label, count in list(zip(self._labels, counts, strict=True))[1:]
        }
        return {**named, "score": round(float(prediction[..., 2].max()), 6)}


def _same(expected: PredictedMaps, found: PredictedMaps) -> NDArray[np.bool_]:
    """Return the positions whose instance is also that of the other map, `(height, width)`.

    Instances correspond to each other if each has the most positions in common with the other.
    """
    compared = Comparison.of(found[..., :2], expected[..., :2].astype(np.int64))
    common = compared.common
    ours, theirs = compared.true, compared.predicted
    is_pair = (common == common.max(axis=1, keepdims=True)) & (common == common.max(axis=0, keepdims=True))
    is_pair &= ours.labels[:, None] == theirs.labels
    is_pair &= (ours.numbers[:, None] > 0) == (theirs.numbers > 0)
    same: NDArray[np.bool_] = is_pair[ours.places, theirs.places]
    return same


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
