"""The score to expect of a configuration on a new dataset, and how far that is off on datasets that are left
out.

The error (1 - score) of the best configuration, and its distance to the median, are log-linear in the
landmarks, the number of examples and the number of outputs.
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
"""Added to errors before their logarithm: below it a validation split of usual size shows no difference."""
RIDGE = 1.0
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
        bounds: The 10% and 90% quantiles of the logarithmic errors of the prediction on datasets that are
            left out.
    """

    def __init__(self, tables: Sequence[Table], metric: str, bounds: tuple[float, float]) -> None:
        used = [table for table in tables if table.is_longest and table.experience.metric == metric]
        is_enough = is_share(metric) and len({table.origin for table in used}) >= FEWEST_ORIGINS
        self._fit = _Fit(used) if is_enough else None
        self._bounds = bounds

    def expected(self, dataset: DatasetFeatures, regret: float) -> ExpectedScore | None:
        """Return the expected score of a configuration; None if too little is known."""
        error = self.error(dataset, regret)
        if error is None:
            return None
        worst, best = (_error(math.log(error + LEAST_ERROR) + bound) for bound in reversed(self._bounds))
        return ExpectedScore(1.0 - error, 1.0 - worst, 1.0 - best)

    def error(self, dataset: DatasetFeatures, regret: float) -> float | None:
        """Return the expected error of a configuration; None if too little is known."""
        return None if self._fit is None else self._fit.error(dataset, regret)


def is_share(metric: str) -> bool:
    """Return whether a metric is a share that is maximized."""
    known = MEASURED.get(metric)
    return known is not None and known.unit == "share" and known.direction == "maximize"


def log_error(error: float, predicted: float) -> float:
    """Return the logarithmic error of a predicted error."""
    return math.log((error + LEAST_ERROR) / (predicted + LEAST_ERROR))


class _Fit:
    def __init__(self, tables: Sequence[Table]) -> None:
        counts = Counter(table.origin for table in tables)
        shares = np.array([1.0 / counts[table.origin] for table in tables])[:, None]
        rows = np.array([_row(table.experience.dataset) for table in tables])
        targets = np.array([[1.0 - table.best, table.best - table.median] for table in tables])
        wanted = np.log(np.maximum(targets, 0.0) + LEAST_ERROR)
        self._middle, self._mean = (((shares * each).sum(0) / shares.sum()) for each in (wanted, rows))
        x, y = (rows - self._mean) * np.sqrt(shares), (wanted - self._middle) * np.sqrt(shares)
        self._slopes = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)

    def error(self, dataset: DatasetFeatures, regret: float) -> float:
        logs = (_row(dataset) - self._mean) @ self._slopes + self._middle
        best, spread = (_error(float(one)) for one in logs)
        return min(best + regret * spread, 1.0)


def _row(dataset: DatasetFeatures) -> NDArray[np.float64]:
    landmarks = (dataset.linear, dataset.nearest, dataset.constant)
    errors = [math.log(1.0 - one + LEAST_ERROR) for one in landmarks]
    return np.array([*errors, math.log(dataset.examples), math.log(dataset.outputs)])


def _error(logarithm: float) -> float:
    return min(max(math.exp(min(logarithm, 1.0)) - LEAST_ERROR, 0.0), 1.0)
