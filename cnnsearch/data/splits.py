"""Which examples go to train, validation and test: stratified and seeded, on class indices alone.

scikit-learn's StratifiedShuffleSplit can leave a small class out of a part, which is never the case here.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError

PARTS = ("train", "validation", "test")
SHARES = {2: 0.2, 1: 0.25}
"""Of each missing part, by how many are missing."""
FULL_SHARE_UP_TO = 10_000
"""Examples from which on a missing part grows with their square root alone: an error that is measured on
2,000 of 10,000 examples has a standard error of half a percent, and what goes beyond is better spent on
training."""
_NAMED = 10  # classes that an error message names


def divide(
    y: NDArray[np.int64], missing: Sequence[str], *, labels: Sequence[str], place: str, seed: int
) -> dict[str, NDArray[np.int64]]:
    """Splits the missing parts off a training set, class by class.

    Where validation and test are both missing each takes 20%; where one is, it takes 25%, so that a
    given 80/20 comes to 60/20/20 as well. Of more than 10,000 examples the shares are smaller; see
    `part_share`.

    Args:
        y: The training set's class indices.
        missing: The parts to make, out of `validation` and `test`; at least one.
        labels: The classes' names, for the message.
        place: What is being split, for the message.
        seed: The same seed and the same `y` give the same split.

    Returns:
        The positions in `y` for `train` and each missing part, each in rising order; every class is in
        every part, within one example of its share.

    Raises:
        DataError: A class has too few examples to be in every part.
    """
    _check_counts(y, round(1 / SHARES[len(missing)]), labels, place, ("train", *missing))
    share = part_share(len(y), len(missing))
    rng = np.random.default_rng(seed)
    pieces: dict[str, list[NDArray[np.int64]]] = {part: [] for part in ("train", *missing)}
    for index in range(len(labels)):
        members = rng.permutation(np.flatnonzero(y == index))
        size = max(1, round(share * len(members)))
        for part in missing:
            pieces[part].append(members[:size])
            members = members[size:]
        pieces["train"].append(members)
    return {part: np.sort(np.concatenate(piece)) for part, piece in pieces.items()}


def part_share(examples: int, missing: int) -> float:
    """The share of each part that is split off.

    A fifth, or a quarter where one part is missing, of up to 10,000 examples. Of more the part grows with the
    square root of their number: 5,590 of 50,000, where a quarter would be 12,500.

    Args:
        examples: There are to split.
        missing: How many parts are.
    """
    return SHARES[missing] * min(1.0, math.sqrt(FULL_SHARE_UP_TO / examples))


def _check_counts(
    y: NDArray[np.int64], needed: int, labels: Sequence[str], place: str, parts: Sequence[str]
) -> None:
    counts = np.bincount(y, minlength=len(labels)).tolist()
    small = [f"{label!r} has {n}" for label, n in zip(labels, counts, strict=True) if n < needed]
    if small:
        small[_NAMED:] = [f"and {len(small) - _NAMED} more"] if len(small) > _NAMED else []
        raise DataError(
            f"{place}: too few examples to split into {', '.join(parts)}: class {', '.join(small)}; "
            f"each class needs at least {needed}."
        )
