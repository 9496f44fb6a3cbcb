"""How sure a figure is: intervals, spreads over seeds, and what a network does to each class. No Keras."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing.

    Attributes:
        mean: Their mean; 0 where there are none.
        std: The sample's standard deviation (n - 1); 0 below two.
        n: How many.
        values: All of them.
    """

    mean: float
    std: float
    n: int
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of some values."""
        mean = statistics.mean(values) if values else 0.0
        std = statistics.stdev(values) if len(values) > 1 else 0.0
        return cls(mean, std, len(values), tuple(values))

    @property
    def standard_error(self) -> float:
        """Of the mean: s / sqrt(n); 0 below two values."""
        return self.std / math.sqrt(self.n) if self.n > 1 else 0.0


@dataclass(frozen=True)
class ClassFigures:
    """What a network makes of one class.

    Attributes:
        precision: The share of this class in what is called so; 0 where nothing is.
        recall: The share of this class that is called so; 0 where there is none of it.
        support: The examples of this class.
    """

    precision: float
    recall: float
    support: int


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), which holds near 0 and 1 too, where networks are."""
    z = float(ndtri(0.5 + confidence / 2))
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / trials + weight / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def per_class(truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> list[ClassFigures]:
    """Precision, recall and support of each class.

    Args:
        truth: `(examples,)`, class indices.
        predicted: Likewise.
        classes: How many there are.
    """
    right = np.bincount(truth[truth == predicted], minlength=classes)
    called, there = np.bincount(predicted, minlength=classes), np.bincount(truth, minlength=classes)
    return [
        ClassFigures(float(hit / max(named, 1)), float(hit / max(support, 1)), int(support))
        for hit, named, support in zip(right, called, there, strict=True)
    ]
