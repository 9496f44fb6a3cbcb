"""A portfolio: the recipes to train first, each chosen for what it adds to those before it.

The greedy choice of Feurer et al. 2022 (Auto-sklearn 2.0, section 3.1) and Wistuba et al. 2015: the gain, the
decrease of the mean over source datasets of the best regret so far, is submodular, so the gain of a greedy
portfolio is at least 1 - 1/e of the largest possible one (Nemhauser et al. 1978).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.tables import WORST

EXPONENT = 0.5
"""The power of the predicted seconds by which a gain is divided: 0 counts trials, 1 counts time."""


def portfolio(
    regrets: NDArray[np.float64],
    weights: NDArray[np.float64],
    size: int,
    seconds: NDArray[np.float64] | None = None,
    chosen: Sequence[int] = (),
) -> list[int]:
    """Return the recipes of a portfolio, in order.

    Once no recipe adds anything, the order is that of the mean regret.

    Args:
        regrets: `(datasets, recipes)`; from 0.
        weights: `(datasets,)`; the weight of each source dataset.
        size: The number of recipes, at most.
        seconds: `(recipes,)`; the predicted seconds of a training. None: all cost the same.
        chosen: Recipes that have been trained already.

    Returns:
        The columns of the recipes, without those in `chosen`.
    """
    shares = weights / max(weights.sum(), 1e-300)
    means = shares @ regrets
    costs = np.ones(regrets.shape[1]) if seconds is None else seconds**EXPONENT
    reached = np.full(len(regrets), WORST)
    for column in chosen:
        reached = np.minimum(reached, regrets[:, column])
    left, found = [c for c in range(regrets.shape[1]) if c not in set(chosen)], list[int]()
    while left and len(found) < size:
        gains = shares @ (reached[:, None] - np.minimum(reached[:, None], regrets[:, left]))
        place = int(np.lexsort((means[left], -gains / costs[left]))[0])
        found.append(left.pop(place))
        reached = np.minimum(reached, regrets[:, found[-1]])
    return found
