"""The metrics of tagging: their descriptions, and their formulas in numpy."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.base import Metric

MEAN_AVERAGE_PRECISION = Metric("mean_average_precision", "mean average precision", "maximize", "share", 0.0)
MICRO_F1 = Metric("micro_f1", "micro F1", "maximize", "share", 0.0)
MACRO_F1 = Metric("macro_f1", "macro F1", "maximize", "share", 0.0)
EXACT_MATCH = Metric("exact_match", "exact match", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "nats", math.inf)
"""The binary cross-entropy, the mean over tags."""

METRICS: Mapping[str, Metric] = {
    metric.name: metric for metric in (MEAN_AVERAGE_PRECISION, MICRO_F1, MACRO_F1, EXACT_MATCH, LOSS)
}
"""All of them by name, the main one first."""

THRESHOLD = 0.5
"""The probability from which on a tag is predicted, before thresholds are chosen on validation."""
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
    found, there, named = (
        counts.sum(axis=0).astype(np.float64) for counts in (chosen & truth, truth, chosen)
    )
    return {
        LOSS.name: binary_crossentropy(probabilities, y),
        MEAN_AVERAGE_PRECISION.name: mean_average_precision(probabilities, y),
        MICRO_F1.name: _f1(found.sum(), there.sum() + named.sum()),
        MACRO_F1.name: float(np.mean([_f1(f, t) for f, t in zip(found, there + named, strict=True)])),
        EXACT_MATCH.name: float((chosen == truth).all(axis=1).mean()),
    }


def binary_crossentropy(probabilities: Probabilities, y: Tags) -> float:
    """Return the mean binary cross-entropy in nats."""
    clipped = np.clip(probabilities.astype(np.float64), _SMALLEST, 1.0 - _SMALLEST)
    return float(-np.mean(np.where(y > 0, np.log(clipped), np.log1p(-clipped))))


def mean_average_precision(probabilities: Probabilities, y: Tags) -> float:
    """Return the mean over tags of the average precision; tags without an example are left out."""
    found = [
        average_precision(probabilities[:, tag], y[:, tag]) for tag in range(y.shape[1]) if y[:, tag].any()
    ]
    return float(np.mean(found)) if found else 0.0


def average_precision(scores: Probabilities, truth: Tags) -> float:
    """Return the sum over thresholds of precision times the gain in recall, as scikit-learn defines it."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order] > 0)
    is_last = np.append(np.diff(scores[order]) != 0, True)  # equal scores share a threshold
    hits, places = hits[is_last], np.flatnonzero(is_last) + 1
    gains = np.diff(hits, prepend=0) / hits[-1]
    return float(np.sum(gains * hits / places))


def _f1(found: float, total: float) -> float:
    """2 found / (there + named); 0 where a tag neither occurs nor is predicted, as scikit-learn has it."""
    return float(2.0 * found / total) if total else 0.0
