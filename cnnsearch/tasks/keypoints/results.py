"""Predicted and true points -> the scores of keypoints. No Keras."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.bootstrap import scores_by_times
from cnnsearch.tasks.keypoints import metrics
from cnnsearch.tasks.keypoints.details import FoundKeypoint, KeypointsDetails
from cnnsearch.tasks.keypoints.metrics import SMALLEST_SCORE
from cnnsearch.tasks.keypoints.metrics import Keypoints as Points
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Scores

_SAME = 1.0  # pixels between a point and itself in another runtime, at most


class KeypointsResults:
    """See `TaskResults`.

    Args:
        labels: The keypoints.
        size: Height and width of an example.
    """

    def __init__(self, labels: Sequence[str], size: tuple[int, int]) -> None:
        self._labels, self._size = tuple(labels), size

    def scores(self, predictions: Points, y: Points, *, on_test: bool) -> Scores:
        """Return the metrics of the points; on test with bootstrap intervals over examples."""
        matched = metrics.matched(predictions, y, self._size)
        return scores_by_times(partial(metrics.values_of, matched), len(y), on_test=on_test)

    def fit(self, predictions: Points, y: Points) -> None:
        """Return None, since nothing is fitted on the validation split."""

    def details(self, predictions: Points, y: Points, fitted: None) -> KeypointsDetails:
        """Return the errors of each keypoint."""
        found = metrics.values_by_keypoint(metrics.matched(predictions, y, self._size))
        return KeypointsDetails(
            per_keypoint={
                label: FoundKeypoint(
                    oks=_known(found.mean_oks[place]),
                    median_error=_known(found.median_error[place]),
                    mean_error=_known(found.mean_error[place]),
                    support=int(found.labelled[place]),
                )
                for place, label in enumerate(self._labels)
            }
        )

    def kept(self, predictions: Points) -> Points:
        """Return the predictions."""
        return predictions

    def worst(self, predictions: Points, y: Points) -> NDArray[np.int64]:
        """Return the indices of the examples with an instance by their mean OKS, ascending."""
        matched = metrics.matched(predictions, y, self._size)
        counts = np.bincount(matched.examples, minlength=len(y))
        places = np.flatnonzero(counts)
        means = np.bincount(matched.examples, matched.oks, minlength=len(y))[places] / counts[places]
        worst: NDArray[np.int64] = places[np.argsort(means, kind="stable")]
        return worst

    def agreement(self, expected: Points, found: Points) -> Agreement:
        """Compare scores, and the places of the points of a plain score."""
        difference = float(np.max(np.abs(expected[..., 2].astype(np.float64) - found[..., 2])))
        is_plain = expected[..., 2] > SMALLEST_SCORE
        distances = np.linalg.norm(expected[..., :2] - found[..., :2], axis=-1)[is_plain]
        return Agreement(difference, float(np.mean(distances <= _SAME)) if len(distances) else 1.0)

    def decode(self, prediction: Points, top: int) -> dict[str, str | float]:
        """Return the number of instances, and the points and the score of the first one."""
        scores = prediction[..., 2].mean(axis=-1)
        found: dict[str, str | float] = {"instances": int(np.count_nonzero(scores > SMALLEST_SCORE))}
        for label, (x, y, _) in zip(self._labels, prediction[int(scores.argmax())].tolist(), strict=True):
            found |= {f"{label}_x": round(x, 2), f"{label}_y": round(y, 2)}
        return {**found, "score": round(float(scores.max()), 6)}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
