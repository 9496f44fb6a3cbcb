"""Predicted and true boxes -> the scores of detection. No Keras."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.average_precision import average_precisions, precision_recall
from cnnsearch.tasks.bootstrap import scores_by_times
from cnnsearch.tasks.detection import metrics
from cnnsearch.tasks.detection.details import DetectedClass, DetectionDetails
from cnnsearch.tasks.detection.metrics import Boxes, PredictedBoxes
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Scores

PLAIN = 0.3
"""The probability from which a box is shown and counted in a prediction."""
_COMPARED = 0.1  # the probability from which boxes of two runtimes are compared
_SAME = 0.9  # the IoU of a box with itself in another runtime, at least


class DetectionResults:
    """See `TaskResults`.

    Args:
        labels: The classes.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def scores(self, predictions: PredictedBoxes, y: Boxes, *, on_test: bool) -> Scores:
        """Return the average precisions; on test with bootstrap intervals over examples."""
        matches = metrics.match(predictions, y, len(self._labels))
        return scores_by_times(partial(metrics.values_of, matches), len(y), on_test=on_test)

    def fit(self, predictions: PredictedBoxes, y: Boxes) -> None:
        """Return None, since nothing is fitted on the validation split."""

    def details(self, predictions: PredictedBoxes, y: Boxes, fitted: None) -> DetectionDetails:
        """Return the scores and the precisions of each class."""
        matches = metrics.match(predictions, y, len(self._labels))
        values, curves = average_precisions(matches), precision_recall(matches, 0.5)
        support = matches.true.sum(axis=0).tolist()
        return DetectionDetails(
            per_class={
                label: DetectedClass(
                    ap50=float(values[place, 0]) if support[place] else None,
                    ap=float(values[place].mean()) if support[place] else None,
                    support=support[place],
                    precisions=tuple(curves[place][1].round(6).tolist()) if support[place] else (),
                )
                for place, label in enumerate(self._labels)
            }
        )

    def kept(self, predictions: PredictedBoxes) -> PredictedBoxes:
        """Return the predictions."""
        return predictions

    def worst(self, predictions: PredictedBoxes, y: Boxes) -> NDArray[np.int64]:
        """Return the indices of the examples with a true box, or a plain predicted one, by the share of boxes
        that match, ascending."""
        found = []
        for number, (boxes, truth) in enumerate(zip(predictions, y, strict=True)):
            shown = boxes[boxes[:, 4] >= PLAIN]
            wanted = truth[truth[:, 4] >= 0]
            if len(shown) + len(wanted):
                right = _pairs(wanted, np.delete(shown, 4, axis=1), 0.5)
                found.append((2 * right / (len(shown) + len(wanted)), number))
        return np.array([number for _, number in sorted(found)], np.int64)

    def agreement(self, expected: PredictedBoxes, found: PredictedBoxes) -> Agreement:
        """Compare probabilities, and find the boxes of one runtime among those of the other."""
        difference = float(np.max(np.abs(expected[..., 4].astype(np.float64) - found[..., 4])))
        pairs = total = 0
        for one, other in zip(expected, found, strict=True):
            boxes = np.delete(one[one[:, 4] >= _COMPARED], 4, axis=1)
            total += len(boxes)
            pairs += _pairs(boxes, np.delete(other, 4, axis=1), _SAME)
        return Agreement(difference, pairs / total if total else 1.0)

    def decode(self, prediction: PredictedBoxes, top: int) -> dict[str, str | float]:
        """Return the number of plain boxes of each class, and the largest score."""
        plain = prediction[prediction[:, 4] >= PLAIN]
        counts = np.bincount(plain[:, 5].astype(np.int64), minlength=len(self._labels)).tolist()
        named: dict[str, str | float] = {
            f"count_{label}": count for label, count in zip(self._labels, counts, strict=True)
        }
        return {**named, "score": round(float(prediction[:, 4].max(initial=0.0)), 6)}


def ious(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the IoU of each box of one array with each of another: `(boxes, 4 or more)` each."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:4], other[None, :, 2:4])
    both = np.clip(high - low, 0.0, None).prod(axis=-1)
    areas = [np.clip(boxes[:, 2:4] - boxes[:, :2], 0.0, None).prod(axis=-1) for boxes in (one, other)]
    shares: NDArray[np.float64] = both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-9)
    return shares


def _pairs(one: NDArray[np.floating], other: NDArray[np.floating], least: float) -> int:
    """Return the number of boxes, `(boxes, 5)` with the class last, that have a partner of their own with at
    least an IoU in another array."""
    shares = ious(one, other) * (one[:, None, 4] == other[None, :, 4])
    count = 0
    while shares.size and shares.max() >= least:
        row, column = np.unravel_index(shares.argmax(), shares.shape)
        shares[row], shares[:, column] = 0.0, 0.0
        count += 1
    return count
