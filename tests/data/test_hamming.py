"""Near hashes are found, all of them and no others, without comparing each with each."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.data.hamming import near_pairs


def found_in(values, distance):
    """The pairs, each as two positions, in order; one that came twice stands twice."""
    pairs = near_pairs(np.array(values, np.uint64), distance)
    return sorted(
        tuple(sorted(map(int, pair))) for one, other in pairs for pair in zip(one, other, strict=True)
    )


@st.composite
def hashes(draw):
    """Some 64-bit values, many of them few bits from another."""
    values = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5))
    for _ in range(draw(st.integers(0, 10))):
        value = draw(st.sampled_from(values))
        for bit in draw(st.sets(st.integers(0, 63), max_size=6)):
            value ^= 1 << bit
        values.append(value)
    return values


@given(hashes(), st.integers(0, 6))
def test_exactly_the_near_pairs_are_found_each_once(values, distance):
    every = combinations(range(len(values)), 2)
    assert found_in(values, distance) == [
        (i, j) for i, j in every if (values[i] ^ values[j]).bit_count() <= distance
    ]


@pytest.mark.parametrize("bits", [(0, 1, 2, 3), (0, 16, 32, 48), (15, 31, 47, 63)])
def test_it_does_not_matter_where_the_bits_differ(bits):
    assert found_in([0, sum(1 << bit for bit in bits)], 4) == [(0, 1)]
