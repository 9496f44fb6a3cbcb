"""Search for pairs of 64-bit hashes with a small Hamming distance, without comparing all pairs."""

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

_BITS = 64
_SPARE = 2  # bands beyond the distance: at least this many are equal, whichever bits differ

Positions = NDArray[np.int64]


def near_pairs(values: NDArray[np.uint64], distance: int) -> Iterator[tuple[Positions, Positions]]:
    """Yield every pair of values that differ in at most `distance` bits, each pair once.

    The bits are divided into `distance + 2` bands, of which at least two are equal whichever bits differ (the
    pigeonhole principle of multi-index hashing: Norouzi, Punjani and Fleet 2012, section 3). Only values that
    agree in two bands are compared, so memory grows linearly with their number.

    Yields:
        Positions in `values` of the first and second values of pairs, `(pairs,)` each.
    """
    masks = [np.uint64(one | other) for one, other in combinations(_bands(distance + _SPARE), _SPARE)]
    for turn, mask in enumerate(masks):
        keys = values & mask
        order = np.argsort(keys, kind="stable")
        for one, other in _equal_pairs(keys[order]):
            bits = values[order[one]] ^ values[order[other]]
            near = np.bitwise_count(bits) <= distance
            for earlier in masks[:turn]:  # a pair that agrees there was already yielded
                near &= (bits & earlier) != 0
            yield order[one[near]], order[other[near]]


def _bands(count: int) -> list[int]:
    edges = [_BITS * i // count for i in range(count + 1)]
    return [(1 << high) - (1 << low) for low, high in pairwise(edges)]


def _equal_pairs(keys: NDArray[np.uint64]) -> Iterator[tuple[Positions, Positions]]:
    """Yield all pairs of equal sorted keys, by their distance: 1, 2, ... while there are any."""
    here, step = np.arange(len(keys)), 1
    while len(here := here[here + step < len(keys)]):
        here = here[keys[here] == keys[here + step]]
        yield here, here + step
        step += 1
