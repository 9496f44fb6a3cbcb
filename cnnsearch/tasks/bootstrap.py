"""Bootstrap intervals for metrics that are not a share of independent examples."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.base import Predictions, Targets

RESAMPLES = 1000
SEED = 0


def bootstrap_interval(
    metric: Callable[[Predictions, Targets], float], predictions: Predictions, y: Targets
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a metric (Efron 1979, Bootstrap methods).

    Args:
        metric: Returns the value for predictions and targets.
        predictions: `(examples, channels)`.
        y: The targets of the same examples; examples are drawn with replacement.
    """
    draws = np.random.default_rng(SEED)
    values: NDArray[np.float64] = np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        chosen = draws.integers(len(y), size=len(y))
        values[place] = metric(predictions[chosen], y[chosen])
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
