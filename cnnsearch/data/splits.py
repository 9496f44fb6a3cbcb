"""Stratified, seeded splits into train, validation and test, from the targets only."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task

PARTS = ("train", "validation", "test")
SHARES = {2: 0.2, 1: 0.25}
"""Fraction of each missing part, by the number of missing parts."""
FULL_SHARE_UP_TO = 10_000
"""Number of examples above which a missing part grows only with its square root: with 2,000 of 10,000
examples, the standard error of an error rate is half a percent, and further examples are more useful for
training."""


def divide(
    y: Targets, missing: Sequence[str], *, task: Task, place: str, seed: int
) -> dict[str, NDArray[np.int64]]:
    """Split the missing parts off a training set, stratified.

    If validation and test are both missing, each takes 20%; if one is missing, it takes 25%, so that a given
    80/20 split also becomes 60/20/20. The fractions are smaller for more than 10,000 examples; see
    `part_share`.

    Args:
        y: The targets of the training set.
        missing: The parts to create, out of `validation` and `test`; at least one.
        task: Defines the strata of the targets.
        place: The source, for messages.
        seed: The same seed and the same `y` give the same split.

    Returns:
        The positions in `y` for `train` and each missing part, in ascending order; every part contains every
        stratum, within one example of its share.

    Raises:
        DataError: A stratum has too few examples to be in every part.
    """
    task.check_spread(y, None, ("train", *missing), round(1 / SHARES[len(missing)]), place)
    share = part_share(len(y), len(missing))
    return task.divide(y, share, missing, np.random.default_rng(seed))


def part_share(examples: int, missing: int) -> float:
    """Return the fraction of each part to split off.

    Up to 10,000 examples it is a fifth, or a quarter if one part is missing. Above, the part grows with the
    square root of the number of examples: 5,590 of 50,000, where a quarter would be 12,500.

    Args:
        examples: Number of examples to split.
        missing: Number of missing parts.
    """
    return SHARES[missing] * min(1.0, math.sqrt(FULL_SHARE_UP_TO / examples))
