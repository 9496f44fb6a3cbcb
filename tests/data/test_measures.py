from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnsearch.data import measures
from cnnsearch.data.measures import (
    array_fingerprint,
    channel_moments,
    count_duplicates,
    file_fingerprint,
)
from tests.data.helpers import pictures

shapes = hnp.array_shapes(min_dims=2, max_dims=5, max_side=6)


def fingerprint(x=None, y=(0, 1), labels=("a", "b"), part="train"):
    x = pictures(2) if x is None else x
    return array_fingerprint({part: x}, {part: np.array(y)}, labels)


def test_the_same_content_has_the_same_fingerprint():
    assert fingerprint() == fingerprint(pictures(2).copy())


@pytest.mark.parametrize(
    "change",
    [
        {"x": pictures(2) ^ np.uint8(1)},
        {"x": pictures(2).reshape(2, 2, 8, 1)},
        {"x": pictures(2).view(np.int8)},
        {"y": (1, 0)},
        {"labels": ("a", "c")},
        {"part": "test"},
    ],
)
def test_any_change_of_the_content_changes_the_fingerprint(change):
    assert fingerprint(**change) != fingerprint()


def test_files_are_known_by_name_and_digest_in_any_order():
    one, two = (Path("a/1.png"), "12"), (Path("b/2.png"), "34")
    assert file_fingerprint(dict([one, two])) == file_fingerprint(dict([two, one]))


@pytest.mark.parametrize("other", [{Path("a/1.png"): "13"}, {Path("b/1.png"): "12"}])
def test_another_name_or_digest_changes_the_fingerprint(other):
    assert file_fingerprint({Path("a/1.png"): "12"}) != file_fingerprint(other)


def test_each_sealed_example_that_was_seen_counts_once():
    x = pictures(5)
    assert count_duplicates(x[[0, 0, 2, 4]], x[:1], x[1:3]) == 3


@settings(deadline=None)
@given(x=hnp.arrays(np.float32, shapes, elements=st.floats(-1000, 1000, width=32)))
def test_moments_equal_numpys(x):
    axes = tuple(range(x.ndim - 1))
    means, variances = channel_moments(x)
    assert np.allclose(means, x.mean(axes, np.float64)) and np.allclose(variances, x.var(axes, np.float64))


def test_moments_do_not_depend_on_the_chunks(monkeypatch):
    x = pictures(9, 5, 5, 3)
    whole = channel_moments(x)
    monkeypatch.setattr(measures, "_CHUNK_VALUES", 7)
    assert np.allclose(whole, channel_moments(x))
