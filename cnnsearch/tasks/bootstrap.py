"""Bootstrap intervals for metrics that are not a share of independent examples."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.scores import Score, Scores

RESAMPLES = 1000
SEED = 0

Times = NDArray[np.integer]
"""`(examples,)`: how often each example counts, such as how often a sample with replacement contains it."""


def bootstrap_intervals(
    metrics: Callable[[Predictions, Targets], Mapping[str, float]], predictions: Predictions, y: Targets
) -> dict[str, tuple[float, float]]:
    """Return the 95 % percentile interval of each metric (Efron 1979, Bootstrap methods).

    Args:
        metrics: Their values, by name, for predictions and targets.
        predictions: `(examples, channels)`.
        y: The targets of the same examples; examples are drawn with replacement.
    """
    draws = np.random.default_rng(SEED)
    values: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        chosen = draws.integers(len(y), size=len(y))
        for name, value in metrics(predictions[chosen], y[chosen]).items():
            values.setdefault(name, []).append(value)
    ends = {name: np.quantile(found, (0.025, 0.975)) for name, found in values.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def scores_by_times(
    values: Callable[[Times], Mapping[str, float]], examples: int, *, on_test: bool
) -> Scores:
    """Return the scores of examples measured before, on test with bootstrap intervals over examples.

    Args:
        values: The values of the metrics, if each example counts a number of times.
        examples: The number of examples.
        on_test: Whether to include 95 % intervals.
    """
    each = np.arange(examples)

    def resampled(chosen: NDArray[np.integer], _: NDArray[np.integer]) -> Mapping[str, float]:
        return values(np.bincount(chosen, minlength=examples))

    intervals = bootstrap_intervals(resampled, each, each) if on_test else {}
    once = values(np.ones(examples, np.int64))
    return {name: Score.of_network(value, intervals.get(name)) for name, value in once.items()}
