"""Which examples go to train, validation and test: stratified and seeded, by the targets alone."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.base import Targets, Task

PARTS = ("train", "validation", "test")
SHARES = {2: 0.2, 1: 0.25}
"""Of each missing part, by how many are missing."""
FULL_SHARE_UP_TO = 10_000
"""Examples from which on a missing part grows with their square root alone: an error that is measured on
2,000 of 10,000 examples has a standard error of half a percent, and what goes beyond is better spent on
training."""


def divide(
    y: Targets, missing: Sequence[str], *, task: Task, place: str, seed: int
) -> dict[str, NDArray[np.int64]]:
    """Splits the missing parts off a training set, in proportion to its strata.

    Where validation and test are both missing each takes 20%; where one is, it takes 25%, so that a
    given 80/20 comes to 60/20/20 as well. Of more than 10,000 examples the shares are smaller; see
    `part_share`.

    Args:
        y: The training set's targets.
        missing: The parts to make, out of `validation` and `test`; at least one.
        task: Divides them.
        place: What is being split, for the message.
        seed: The same seed and the same `y` give the same split.

    Returns:
        The positions in `y` for `train` and each missing part, each in rising order; every stratum is in
        every part, within one example of its share.

    Raises:
        DataError: A stratum has too few examples to be in every part.
    """
    task.check_spread(y, None, ("train", *missing), round(1 / SHARES[len(missing)]), place)
    share = part_share(len(y), len(missing))
    return task.divide(y, share, missing, np.random.default_rng(seed))


def part_share(examples: int, missing: int) -> float:
    """The share of each part that is split off.

    A fifth, or a quarter where one part is missing, of up to 10,000 examples. Of more the part grows with the
    square root of their number: 5,590 of 50,000, where a quarter would be 12,500.

    Args:
        examples: There are to split.
        missing: How many parts are.
    """
    return SHARES[missing] * min(1.0, math.sqrt(FULL_SHARE_UP_TO / examples))
