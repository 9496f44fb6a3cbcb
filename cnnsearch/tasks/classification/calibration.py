"""Calibration of a classifier: its confidence against its accuracy, over bins of confidence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15
"""As in Guo et al. 2017."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predictions grouped by confidence; bins without predictions are omitted.

    Attributes:
        confidence: `(bins,)`, the mean confidence in each bin.
        accuracy: `(bins,)`, the share of correct predictions.
        count: `(bins,)`, the number of predictions.
    """

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]

    @property
    def error(self) -> float:
        """The expected calibration error (Guo et al. 2017, equation 3)."""
        gaps = np.abs(self.accuracy - self.confidence)
        return float(np.average(gaps, weights=self.count))


def reliability(probabilities: NDArray[Any], truth: NDArray[np.integer], bins: int = BINS) -> Reliability:
    """Group predictions into bins of equal width, ((m - 1) / bins, m / bins] (Guo et al. 2017, section 2).

    Args:
        probabilities: `(examples, classes)`.
        truth: `(examples,)`, class indices.
        bins: The number of bins.
    """
    return reliability_of(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, bins)


def reliability_of(confidence: NDArray[Any], is_right: NDArray[Any], bins: int = BINS) -> Reliability:
    """Group predictions by confidence; see `reliability`.

    Args:
        confidence: `(examples,)`, from 0 to 1.
        is_right: `(examples,)`, whether each prediction is correct.
        bins: The number of bins.
    """
    confidence, right = confidence.astype(np.float64), is_right.astype(np.float64)
    place = np.digitize(confidence, np.arange(1, bins) / bins, right=True)
    count = np.bincount(place, minlength=bins)
    some = count > 0
    sums = (np.bincount(place, weights=values, minlength=bins) for values in (confidence, right))
    means = [total[some] / count[some] for total in sums]
    return Reliability(means[0], means[1], count[some])
