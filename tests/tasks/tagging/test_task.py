import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.data.splits import divide
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.tagging.stratification import iterative_stratification
from cnnsearch.tasks.tagging.task import Tagging


def encoded(y, **more):
    return Tagging.encode(RawTargets({"train": np.asarray(y)}, **more), "set")


def test_texts_are_lists_of_tags_in_any_order():
    ys, task = encoded(["b|a", "", " c ", "a|"])
    assert task.labels == ("a", "b", "c")
    np.testing.assert_array_equal(ys["train"], [[1, 1, 0], [0, 0, 0], [0, 0, 1], [1, 0, 0]])
    assert [task.text(row) for row in ys["train"]] == ["a|b", "(no tag)", "c", "a"]


def test_columns_give_the_tags_their_names():
    ys, task = encoded([["1", "0"], ["0", "1"]], columns=("red", "round"))
    assert task.labels == ("red", "round") and ys["train"].dtype == np.uint8


@pytest.mark.parametrize(
    ("y", "told"),
    [
        ([[0, 2], [1, 0]], "expected texts such as a|b, or a column of 0 and 1 for each tag"),
        ([0.5, 1.5], "expected texts such as a|b, or a column of 0 and 1 for each tag"),
        (["", ""], "no example has a tag"),
    ],
)
def test_other_targets_are_refused(y, told):
    with pytest.raises(DataError, match=rf"^set.*{told.replace('|', chr(92) + '|')}"):
        encoded(y)


def test_parts_have_the_same_columns():
    raw = RawTargets({"train": np.ones((2, 3), int), "test": np.ones((2, 2), int)})
    with pytest.raises(DataError, match="found 3 in train, 2 in test"):
        Tagging.encode(raw, "set")


def test_a_tag_that_occurs_once_cannot_be_split():
    y = np.zeros((20, 2), np.uint8)
    y[:10, 0], y[3, 1] = 1, 1
    with pytest.raises(DataError, match=r"too few examples to split .*: tag 'rare' has 1; each tag needs"):
        divide(y, ("validation", "test"), task=Tagging(labels=("often", "rare")), place="set", seed=0)


@pytest.mark.parametrize(
    ("value", "told"), [(0, "no training examples with tag"), (1, "every training example has tag")]
)
def test_a_constant_tag_is_nothing_to_learn(value, told):
    y = np.zeros((6, 2), np.uint8)
    y[:3, 0], y[:, 1] = 1, value
    with pytest.raises(DataError, match=f"set: {told}.* 'b'"):
        Tagging(labels=("a", "b")).check({"train": y}, "set")


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 999), tags=st.integers(2, 6), size=st.integers(60, 300))
def test_every_part_has_each_tag_in_proportion(seed, tags, size):
    draws = np.random.default_rng(seed)
    y = (draws.random((size, tags)) < draws.uniform(0.1, 0.7, tags)).astype(np.uint8)
    y[:10] = 1
    shares = (0.6, 0.2, 0.2)
    parts = iterative_stratification(y, shares, np.random.default_rng(seed))
    for part, share in enumerate(shares):
        members = parts == part
        assert abs(members.sum() - share * size) <= tags + 1
        assert np.all(np.abs(y[members].sum(axis=0) - share * y.sum(axis=0)) <= tags + 1)
    np.testing.assert_array_equal(parts, iterative_stratification(y, shares, np.random.default_rng(seed)))


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_tag_is_in_every_part_of_many_examples(seed):
    y = np.zeros((60_000, 2), np.uint8)
    y[:30_000, 0], y[100:105, 1] = 1, 1
    parts = divide(y, ("validation", "test"), task=Tagging(labels=("a", "b")), place="set", seed=seed)
    assert {part: int(y[members, 1].sum()) for part, members in parts.items()} == {
        "train": 3,
        "validation": 1,
        "test": 1,
    }


def test_the_stratum_is_the_rarest_tag():
    y = np.array([[1, 0], [1, 1], [1, 0], [0, 0]], np.uint8)
    np.testing.assert_array_equal(Tagging(labels=("a", "b")).strata(y), [0, 1, 0, 2])
