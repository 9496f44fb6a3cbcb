"""Pairs of 64-bit hashes that differ in few bits, found without comparing all; duplicates.py builds on it."""

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

_BITS = 64
_SPARE = 2  # bands beyond the distance: this many stay equal, whichever bits differ

Positions = NDArray[np.int64]


def near_pairs(values: NDArray[np.uint64], distance: int) -> Iterator[tuple[Positions, Positions]]:
    """Finds every pair of values that differ in at most `distance` bits, each pair once.

    The bits are cut into `distance + 2` bands, of which two at least stay equal whichever bits differ (the
    pigeonhole of multi-index hashing: Norouzi, Punjani and Fleet 2012, section 3). So values are compared
    only where they agree in two bands: memory grows with their number, not with its square.

    Yields:
        Positions in `values` of the one and of the other, `(pairs,)` each.
    """
    masks = [np.uint64(one | other) for one, other in combinations(_bands(distance + _SPARE), _SPARE)]
    for turn, mask in enumerate(masks):
        keys = values & mask
        order = np.argsort(keys, kind="stable")
        for one, other in _equal_pairs(keys[order]):
            bits = values[order[one]] ^ values[order[other]]
            near = np.bitwise_count(bits) <= distance
            for earlier in masks[:turn]:  # a pair that agrees there too was found there
                near &= (bits & earlier) != 0
            yield order[one[near]], order[other[near]]


def _bands(count: int) -> list[int]:
    edges = [_BITS * i // count for i in range(count + 1)]
    return [(1 << high) - (1 << low) for low, high in pairwise(edges)]


def _equal_pairs(keys: NDArray[np.uint64]) -> Iterator[tuple[Positions, Positions]]:
    """Every pair of equal sorted keys: each with the next, with the next but one, while there are any."""
    here, step = np.arange(len(keys)), 1
    while len(here := here[here + step < len(keys)]):
        here = here[keys[here] == keys[here + step]]
        yield here, here + step
        step += 1
