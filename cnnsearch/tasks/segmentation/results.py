"""Probabilities at every position and true classes -> the scores of segmentation. No Keras."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.bootstrap import Times, scores_by_times
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Scores
from cnnsearch.tasks.segmentation import metrics
from cnnsearch.tasks.segmentation.boundaries import boundaries, f1_scores, mean_f1
from cnnsearch.tasks.segmentation.details import SegmentationDetails, SegmentedClass
from cnnsearch.tasks.segmentation.metrics import BOUNDARY_F1, Masks, Probabilities


class SegmentationResults:
    """See `TaskResults`.

    Args:
        labels: The classes.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def scores(self, predictions: Probabilities, y: Masks, *, on_test: bool) -> Scores:
        """Return every metric but the loss; on test with bootstrap intervals over examples."""
        classes = len(self._labels)
        counts, edges = metrics.confusions(predictions, y, classes), boundaries(predictions, y, classes)

        def values(times: Times) -> dict[str, float]:
            boundary = mean_f1(np.tensordot(times, edges, axes=1))
            return metrics.values_of(np.tensordot(times, counts, axes=1)) | {BOUNDARY_F1.name: boundary}

        return scores_by_times(values, len(y), on_test=on_test)

    def fit(self, predictions: Probabilities, y: Masks) -> None:
        """Return None, since nothing is fitted on the validation split."""

    def details(self, predictions: Probabilities, y: Masks, fitted: None) -> SegmentationDetails:
        """Return the scores of each class, over all positions together."""
        counts = metrics.confusions(predictions, y, len(self._labels)).sum(axis=0)
        ious, dices = (
            parts / np.maximum(wholes, 1)
            for parts, wholes in (metrics.iou_parts(counts), metrics.dice_parts(counts))
        )
        edges = f1_scores(boundaries(predictions, y, len(self._labels)).sum(axis=0))
        return SegmentationDetails(
            per_class={
                label: SegmentedClass(
                    iou=float(ious[place]),
                    dice=float(dices[place]),
                    boundary_f1=None if np.isnan(edges[place]) else float(edges[place]),
                    support=int(counts[place].sum()),
                    predicted=int(counts[:, place].sum()),
                )
                for place, label in enumerate(self._labels)
            }
        )

    def kept(self, predictions: Probabilities) -> Masks:
        """Return the most probable classes, since the probabilities of all positions are many."""
        return metrics.classes_of(predictions)

    def worst(self, predictions: Probabilities, y: Masks) -> NDArray[np.int64]:
        """Return the indices of the examples with a counted position by their mean IoU, ascending."""
        counts = metrics.confusions(predictions, y, len(self._labels))
        places = np.flatnonzero(counts.sum(axis=(1, 2)))
        shares = [metrics.values_of(counts[place])[metrics.MEAN_IOU.name] for place in places]
        worst: NDArray[np.int64] = places[np.argsort(shares, kind="stable")]
        return worst

    def agreement(self, expected: Probabilities, found: Probabilities) -> Agreement:
        """Compare probabilities, and the most probable class of each position."""
        difference = float(np.max(np.abs(expected.astype(np.float64) - found)))
        return Agreement(
            difference, float(np.mean(metrics.classes_of(expected) == metrics.classes_of(found)))
        )

    def decode(self, prediction: Probabilities, top: int) -> dict[str, str | float]:
        """Return the share of positions of each class."""
        classes = metrics.classes_of(prediction)
        return {
            f"share_{label}": round(float(np.mean(classes == index)), 6)
            for index, label in enumerate(self._labels)
        }
