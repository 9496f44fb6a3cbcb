import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.data.grouped import check_apart, divide_groups, joined_groups
from cnnsearch.errors import DataError
from cnnsearch.tasks.classification.task import Classification
from cnnsearch.tasks.regression.task import Regression

TASK = Classification(labels=("a", "b"))


def divided(y, groups, missing=("validation", "test"), seed=0):
    y, groups = np.asarray(y), np.asarray(groups)
    return divide_groups(y, groups, missing, task=TASK, place="set", seed=seed)


def spread(count, most, seed):
    """Classes and groups of up to `most` examples each."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(count), rng.integers(1, most + 1, count))
    return rng.integers(0, 2, len(groups)), groups


@given(count=st.integers(20, 60), most=st.integers(1, 6), seed=st.integers(0, 99))
def test_every_group_is_on_one_side(count, most, seed):
    y, groups = spread(count, most, seed)
    sides = [set(groups[index].tolist()) for index in divided(y, groups).values()]
    assert sum(map(len, sides)) == len(set().union(*sides)) == count


@given(count=st.integers(20, 60), most=st.integers(1, 6), seed=st.integers(0, 99))
def test_every_example_is_in_one_part(count, most, seed):
    y, groups = spread(count, most, seed)
    assert sorted(np.concatenate(list(divided(y, groups).values()))) == list(range(len(y)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("missing", [("validation", "test"), ("validation",)])
def test_a_few_groups_of_like_size_leave_no_part_empty(missing, seed):
    draws = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(missing) + 1), draws.integers(15, 40, len(missing) + 1))
    y = draws.normal(size=(len(groups), 1))
    parts = divide_groups(y, groups, missing, task=Regression(columns=("age",)), place="set", seed=0)
    assert all(len(members) for members in parts.values())


def test_single_examples_are_stratified_exactly():
    y = np.arange(100) % 2
    counts = {part: np.bincount(y[index]).tolist() for part, index in divided(y, np.arange(100)).items()}
    assert counts == {"train": [30, 30], "validation": [10, 10], "test": [10, 10]}


@pytest.mark.parametrize(("missing", "share"), [(("validation", "test"), 0.2), (("validation",), 0.25)])
def test_groups_come_near_their_share(missing, share):
    y, groups = spread(300, 5, seed=1)
    for label in (0, 1):
        parts = divided(y, groups, missing)
        assert abs((y[parts["validation"]] == label).sum() / (y == label).sum() - share) < 0.02


def test_the_same_seed_gives_the_same_split():
    y, groups = spread(50, 4, seed=2)
    one, same, other = (divided(y, groups, seed=seed)["test"].tolist() for seed in (0, 0, 1))
    assert one == same != other


def test_a_class_in_too_few_groups_is_named():
    with pytest.raises(
        DataError, match=r"^set: too few groups .*: class 'b' has 2; each class needs at least 3"
    ):
        divided([0] * 6 + [1] * 4, [0, 1, 2, 3, 4, 5, 6, 6, 7, 7])


def test_groups_that_are_apart_pass():
    check_apart(["train", "train", "test"], np.array([0, 0, 1]), "abc", "set")


def test_a_group_on_both_sides_is_named():
    message = r"^set: 1 groups are in more than one .*: a is in train, c in test\. Fix the source, or create"
    with pytest.raises(DataError, match=message):
        check_apart(["train", "train", "test"], np.array([0, 1, 0]), "abc", "set")


def test_joined_groups_hold_together_what_either_does():
    numbers = joined_groups([np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3])])
    assert (len(set(numbers[:3].tolist())), len(set(numbers.tolist()))) == (1, 3)
