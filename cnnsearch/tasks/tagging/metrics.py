"""Descriptions of the metrics of tagging, and their formulas in numpy."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.metric import Metric

MEAN_AVERAGE_PRECISION = Metric("mean_average_precision", "mean average precision", "maximize", "share", 0.0)
MICRO_F1 = Metric("micro_f1", "micro F1", "maximize", "share", 0.0)
MACRO_F1 = Metric("macro_f1", "macro F1", "maximize", "share", 0.0)
EXACT_MATCH = Metric("exact_match", "exact match", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "nats", math.inf)
"""The binary cross-entropy, the mean over tags."""

METRICS: Mapping[str, Metric] = {
    metric.name: metric for metric in (MEAN_AVERAGE_PRECISION, MICRO_F1, MACRO_F1, EXACT_MATCH, LOSS)
}
"""All metrics by name, the main one first."""

THRESHOLD = 0.5
"""The smallest probability at which a tag is predicted, unless thresholds are fitted on validation."""
_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm

Probabilities = NDArray[np.floating]
Tags = NDArray[np.integer] | NDArray[np.bool_]


def values(
    probabilities: Probabilities, y: Tags, thresholds: NDArray[np.floating] | None = None
) -> dict[str, float]:
    """Return the loss and every metric of tagging.

    Args:
        probabilities: `(examples, tags)`.
        y: `(examples, tags)` of 0 and 1.
        thresholds: `(tags,)`; by default 0.5.

    Returns:
        `loss` is the binary cross-entropy in nats, the mean over examples and tags.
    """
    chosen = probabilities >= (THRESHOLD if thresholds is None else thresholds)
    truth = y > 0
    correct, true, predicted = (
        counts.sum(axis=0).astype(np.float64) for counts in (chosen & truth, truth, chosen)
    )
    return {
        LOSS.name: binary_crossentropy(probabilities, y),
        MEAN_AVERAGE_PRECISION.name: mean_average_precision(probabilities, y),
        MICRO_F1.name: _f1(correct.sum(), true.sum() + predicted.sum()),
        MACRO_F1.name: float(np.mean([_f1(c, t) for c, t in zip(correct, true + predicted, strict=True)])),
        EXACT_MATCH.name: float((chosen == truth).all(axis=1).mean()),
    }


def binary_crossentropy(probabilities: Probabilities, y: Tags) -> float:
    """Return the mean binary cross-entropy in nats."""
    clipped = np.clip(probabilities.astype(np.float64), _SMALLEST, 1.0 - _SMALLEST)
    return float(-np.mean(np.where(y > 0, np.log(clipped), np.log1p(-clipped))))


def mean_average_precision(probabilities: Probabilities, y: Tags) -> float:
    """Return the mean average precision over the tags with an example."""
    precisions = [
        average_precision(probabilities[:, tag], y[:, tag]) for tag in range(y.shape[1]) if y[:, tag].any()
    ]
    return float(np.mean(precisions)) if precisions else 0.0


def average_precision(scores: Probabilities, truth: Tags) -> float:
    """Return the sum over thresholds of precision times the gain in recall, as in scikit-learn."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order] > 0)
    is_last = np.append(np.diff(scores[order]) != 0, True)  # equal scores share a threshold
    hits, places = hits[is_last], np.flatnonzero(is_last) + 1
    gains = np.diff(hits, prepend=0) / hits[-1]
    return float(np.sum(gains * hits / places))


def _f1(correct: float, total: float) -> float:
    """Return 2 correct / (true + predicted); 0 for a tag that neither occurs nor is predicted."""
    return float(2.0 * correct / total) if total else 0.0
