"""The score to expect of a recipe on a new dataset, and how far that is off on datasets that are left out.

The error (1 - score) of the best recipe, and the distance from it to the median, are log-linear in the
landmarks, the number of examples and the number of outputs. The range comes from the errors of this
prediction on every origin when the model is fitted without it.
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
QUANTILES = (0.1, 0.9)


@dataclass(frozen=True)
class Expected:
    """An expected score and its range: 80% of the datasets that were left out are within it."""

    score: float
    low: float
    high: float


class ScoreModel:
    """Predicts scores that are shares, such as accuracies.

    Args:
        tables: The source datasets; those with other metrics are ignored.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = [table for table in tables if is_share(table)]
        self._fit = _Fit(self._tables) if _num_origins(self._tables) >= FEWEST_ORIGINS else None
        self._bounds = self._measured_bounds() if self._fit else (0.0, 0.0)

    def expected(self, dataset: DatasetFeatures, regret: float) -> Expected | None:
        """Return the expected score of a recipe; None if too little is known."""
        if self._fit is None:
            return None
        error = self._fit.error(dataset, regret)
        worst, best = (_error(math.log(error + LEAST_ERROR) + bound) for bound in reversed(self._bounds))
        return Expected(1.0 - error, 1.0 - worst, 1.0 - best)

    def _measured_bounds(self) -> tuple[float, float]:
        """Return the quantiles of the logarithmic errors on datasets that are left out."""
        found: list[float] = []
        for origin in {table.origin for table in self._tables}:
            others = [table for table in self._tables if table.origin != origin]
            fit = _Fit(others)
            for table in self._tables:
                if table.origin == origin:
                    predicted = fit.error(table.experience.dataset, 0.0)
                    found.append(math.log((1.0 - table.best + LEAST_ERROR) / (predicted + LEAST_ERROR)))
        low, high = np.quantile(found, QUANTILES)
        return float(min(low, 0.0)), float(max(high, 0.0))


def is_share(table: Table) -> bool:
    """Return whether a study's metric is a share that is maximized."""
    metric = MEASURED.get(table.experience.metric)
    return metric is not None and metric.unit == "share" and metric.direction == "maximize"


class _Fit:
    def __init__(self, tables: Sequence[Table]) -> None:
        counts = Counter(table.origin for table in tables)
        rows = np.array([_row(table.experience.dataset) for table in tables])
        share = np.array([counts[table.origin] for table in tables])[:, None] ** -0.5
        targets = np.array([[1.0 - table.best, table.best - table.middle] for table in tables])
        wanted = np.log(targets + LEAST_ERROR)
        self._middle, self._mean = wanted.mean(axis=0), rows.mean(axis=0)
        x, y = (rows - self._mean) * share, (wanted - self._middle) * share
        self._slopes = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)

    def error(self, dataset: DatasetFeatures, regret: float) -> float:
        logs = (_row(dataset) - self._mean) @ self._slopes + self._middle
        best, spread = (_error(float(one)) for one in logs)
        return min(best + regret * spread, 1.0)


def _row(dataset: DatasetFeatures) -> NDArray[np.float64]:
    errors = [
        math.log(1.0 - one + LEAST_ERROR) for one in (dataset.linear, dataset.nearest, dataset.constant)
    ]
    return np.array([*errors, math.log(dataset.examples), math.log(dataset.outputs)])


def _error(logarithm: float) -> float:
    return min(max(math.exp(logarithm) - LEAST_ERROR, 0.0), 1.0)


def _num_origins(tables: Sequence[Table]) -> int:
    return len({table.origin for table in tables})
