"""A portfolio: the configurations to train first, each chosen for what it adds to those before it.

The greedy choice of Feurer et al. 2022 (Auto-sklearn 2.0, section 3.1) and Wistuba et al. 2015. Where all
trainings cost the same, the decrease of the mean best regret is at least 1 - 1/e of the largest possible one,
since it is submodular (Nemhauser et al. 1978).
"""

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.tables import WORST


def portfolio(
    regrets: NDArray[np.float64],
    weights: NDArray[np.float64],
    size: int,
    costs: NDArray[np.float64] | None = None,
) -> list[int]:
    """Return the configurations of a portfolio, in order.

    Once none adds anything, the order is that of the mean regret.

    Args:
        regrets: `(datasets, configurations)`; from 0.
        weights: `(datasets,)`; the weight of each source dataset.
        size: The number of configurations, at most.
        costs: `(configurations,)`; what the gain of each is divided by. None: all cost the same.

    Returns:
        The columns of the configurations.
    """
    shares = weights / max(weights.sum(), 1e-300)
    means = shares @ regrets
    each = np.ones(regrets.shape[1]) if costs is None else costs
    reached = np.full(len(regrets), WORST)
    left, found = list(range(regrets.shape[1])), list[int]()
    while left and len(found) < size:
        gains = shares @ (reached[:, None] - np.minimum(reached[:, None], regrets[:, left]))
        place = int(np.lexsort((means[left], -gains / each[left]))[0])
        found.append(left.pop(place))
        reached = np.minimum(reached, regrets[:, found[-1]])
    return found
