"""The score to expect of a configuration on a new dataset, and how far that is off on datasets that are left
out.

The log-odds of the best configuration's error (1 - score), and the logarithm of its distance to the median,
are linear in the logarithms of the landmarks' errors, the examples and the outputs. The signs of the slopes
are given, so that a few datasets do not lead to the conclusion that more examples make a dataset harder.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.tables import Table
from cnnsearch.tasks.registry import MEASURED

LEAST_ERROR = 0.003
"""Added to shares before their logarithm: below it a validation split of usual size shows no difference."""
SLOPES = np.array([(0.0, np.inf), (0.0, np.inf), (0.0, np.inf), (-np.inf, 0.0), (0.0, np.inf)])
"""The least and the largest slope of each feature: the errors of the landmarks, examples and outputs."""
RIDGE, ROUNDS = 1.0, 200
FEWEST_ORIGINS = 5
"""Origins below which no score is predicted."""


@dataclass(frozen=True)
class ExpectedScore:
    """An expected score and its range: 80% of the recommendations for datasets that were left out are within
    it."""

    score: float
    low: float
    high: float


class ScoreModel:
    """Predicts scores that are shares, such as accuracies, from the longest trainings of each study.

    Args:
        tables: The source datasets; only those of the metric count.
        metric: The metric of the dataset's task.
        bounds: The 10% and 90% quantiles of the `difference` on datasets that are left out; None: not known
            for the metric, so that no score is predicted.
    """

    def __init__(self, tables: Sequence[Table], metric: str, bounds: tuple[float, float] | None) -> None:
        used = [table for table in tables if table.is_longest and table.experience.metric == metric]
        is_enough = is_share(metric) and len({table.origin for table in used}) >= FEWEST_ORIGINS
        self._fit = _Fit(used) if is_enough else None
        self._bounds = bounds

    def expected(self, dataset: DatasetFeatures, regret: float) -> ExpectedScore | None:
        """Return the expected score of a configuration; None if too little is known."""
        error = self.error(dataset, regret)
        if error is None or self._bounds is None:
            return None
        best, worst = (_error(_log_odds(error) + bound) for bound in self._bounds)
        return ExpectedScore(1.0 - error, 1.0 - worst, 1.0 - best)

    def error(self, dataset: DatasetFeatures, regret: float) -> float | None:
        """Return the expected error of a configuration; None if too little is known."""
        return None if self._fit is None else self._fit.error(dataset, regret)


def is_share(metric: str) -> bool:
    """Return whether a metric is a share that is maximized."""
    known = MEASURED.get(metric)
    return known is not None and known.unit == "share" and known.direction == "maximize"


def difference(error: float, predicted: float) -> float:
    """Return the difference between the log-odds of an error and of its prediction."""
    return _log_odds(error) - _log_odds(predicted)


class _Fit:
    def __init__(self, tables: Sequence[Table]) -> None:
        counts = Counter(table.origin for table in tables)
        shares = np.array([1.0 / counts[table.origin] for table in tables])[:, None]
        rows = np.array([_row(table.experience.dataset) for table in tables])
        wanted = np.array(
            [(_log_odds(1.0 - table.best), math.log(table.spread + LEAST_ERROR)) for table in tables]
        )
        self._middle, self._mean = (((shares * each).sum(0) / shares.sum()) for each in (wanted, rows))
        x, y = (rows - self._mean) * np.sqrt(shares), (wanted - self._middle) * np.sqrt(shares)
        self._slopes = _bounded_slopes(x, y)

    def error(self, dataset: DatasetFeatures, regret: float) -> float:
        best, spread = (_row(dataset) - self._mean) @ self._slopes + self._middle
        return min(_error(best) + regret * math.exp(min(spread, 0.0)), 1.0)


def _bounded_slopes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the slopes of a ridge regression within `SLOPES`, `(features, targets)`.

    By coordinate descent, which converges since the loss is strictly convex; importing SciPy's solver takes
    longer than all the rest.
    """
    gram, moments = x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y
    slopes = np.zeros_like(moments)
    for _ in range(ROUNDS):
        for feature, (low, high) in enumerate(SLOPES):
            residual = moments[feature] - gram[feature] @ slopes + gram[feature, feature] * slopes[feature]
            slopes[feature] = np.clip(residual / gram[feature, feature], low, high)
    return slopes


def _row(dataset: DatasetFeatures) -> NDArray[np.float64]:
    landmarks = (dataset.linear, dataset.nearest, dataset.constant)
    errors = [math.log(1.0 - one + LEAST_ERROR) for one in landmarks]
    return np.array([*errors, math.log(dataset.examples), math.log(dataset.outputs)])


def _log_odds(error: float) -> float:
    return math.log((error + LEAST_ERROR) / (1.0 - error + LEAST_ERROR))


def _error(log_odds: float) -> float:
    """Return the error with these log-odds."""
    share = 1.0 / (1.0 + math.exp(-log_odds))
    return min(max(share * (1.0 + 2.0 * LEAST_ERROR) - LEAST_ERROR, 0.0), 1.0)
