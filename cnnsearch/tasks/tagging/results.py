"""Probabilities and tags -> the scores of tagging, and its specific values. No Keras."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_auc_score

from cnnsearch.tasks.bootstrap import bootstrap_intervals
from cnnsearch.tasks.classification.calibration import reliability_of
from cnnsearch.tasks.classification.results import share_interval
from cnnsearch.tasks.results import Agreement
from cnnsearch.tasks.scores import Score, Scores
from cnnsearch.tasks.tagging import metrics
from cnnsearch.tasks.tagging.details import TagFigures, TaggingDetails
from cnnsearch.tasks.tagging.metrics import Probabilities, Tags

Thresholds = NDArray[np.float64]


class TaggingResults:
    """See `TaskResults`.

    Args:
        labels: The tags.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)

    def scores(self, predictions: Probabilities, y: Tags, *, on_test: bool) -> Scores:
        """Return every metric at thresholds of 0.5, on the test split with intervals."""
        intervals: dict[str, tuple[float, float]] = {}
        if on_test:
            exact = ((predictions >= metrics.THRESHOLD) == (y > 0)).all(axis=1)
            intervals = bootstrap_intervals(_bootstrapped, predictions, y)
            intervals[metrics.EXACT_MATCH.name] = share_interval(int(exact.sum()), len(y))
        values = metrics.values(predictions, y)
        return {name: Score.of_network(value, intervals.get(name)) for name, value in values.items()}

    def fit(self, predictions: Probabilities, y: Tags) -> Thresholds:
        """Return the threshold of each tag with the highest F1 on these examples."""
        return np.array([_best_threshold(predictions[:, tag], y[:, tag]) for tag in range(y.shape[1])])

    def details(self, predictions: Probabilities, y: Tags, fitted: Thresholds | None) -> TaggingDetails:
        """Return the scores of each tag at its threshold."""
        thresholds = np.full(len(self._labels), metrics.THRESHOLD) if fitted is None else fitted
        tags = enumerate(zip(self._labels, thresholds.tolist(), strict=True))
        return TaggingDetails(
            per_tag={
                label: _figures(predictions[:, tag], y[:, tag] > 0, threshold)
                for tag, (label, threshold) in tags
            }
        )

    def kept(self, predictions: Probabilities) -> Probabilities:
        """Return predictions as float32."""
        return predictions.astype(np.float32)

    def worst(self, predictions: Probabilities, y: Tags) -> NDArray[np.int64]:
        """Return the indices of examples with a wrong tag, the most confidently wrong first."""
        errors = np.abs(predictions - (y > 0)).max(axis=1)
        wrong = np.flatnonzero(errors > metrics.THRESHOLD)
        return wrong[np.argsort(-errors[wrong], kind="stable")]

    def agreement(self, expected: Probabilities, found: Probabilities) -> Agreement:
        """Compare probabilities, and the tags at a threshold of 0.5."""
        difference = float(np.max(np.abs(expected.astype(np.float64) - found)))
        same = (expected >= metrics.THRESHOLD) == (found >= metrics.THRESHOLD)
        return Agreement(difference, float(same.all(axis=1).mean()))

    def decode(self, prediction: Probabilities, top: int) -> dict[str, str | float]:
        """Return the tags at a threshold of 0.5, and the probability of each."""
        chosen = [label for label, p in zip(self._labels, prediction, strict=True) if p >= metrics.THRESHOLD]
        shares = {label: round(float(p), 6) for label, p in zip(self._labels, prediction, strict=True)}
        return {"tags": "|".join(chosen), **shares}


def _bootstrapped(predictions: Probabilities, y: Tags) -> dict[str, float]:
    values = metrics.values(predictions, y)
    chosen = (metrics.MEAN_AVERAGE_PRECISION, metrics.MICRO_F1, metrics.MACRO_F1)
    return {metric.name: values[metric.name] for metric in chosen}


def _figures(scores: NDArray[np.floating], truth: NDArray[np.bool_], threshold: float) -> TagFigures:
    chosen = scores >= threshold
    hits, named, present = int((chosen & truth).sum()), int(chosen.sum()), int(truth.sum())
    return TagFigures(
        threshold=threshold,
        precision=hits / named if named else 0.0,
        recall=hits / present if present else 0.0,
        average_precision=metrics.average_precision(scores, truth) if present else None,
        auc=float(roc_auc_score(truth, scores)) if 0 < present < len(truth) else None,
        ece=reliability_of(scores, truth).error,
        support=present,
    )


def _best_threshold(scores: NDArray[np.floating], truth: Tags) -> float:
    """Return the threshold with the highest F1, midway between two scores; 0.5 without an example."""
    if not truth.any():
        return metrics.THRESHOLD
    precision, recall, thresholds = precision_recall_curve(truth > 0, scores)
    f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-12)
    best = int(np.argmax(f1))
    below = thresholds[best - 1] if best else 0.0
    return float((thresholds[best] + below) / 2)
