import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.data.splits import divide, part_share
from cnnsearch.errors import DataError
from cnnsearch.tasks.classification.task import Classification

SHARES = {
    ("validation", "test"): {"train": 0.6, "validation": 0.2, "test": 0.2},
    ("validation",): {"train": 0.75, "validation": 0.25},
    ("test",): {"train": 0.75, "test": 0.25},
}
missing_parts = st.sampled_from(list(SHARES))
class_sizes = st.lists(st.integers(5, 40), min_size=2, max_size=6)
seeds = st.integers(0, 2**32 - 1)


def shuffled_classes(sizes, seed=0):
    y = np.repeat(np.arange(len(sizes)), sizes)
    return np.random.default_rng(seed).permutation(y)


def split(sizes, missing, seed=0):
    task = Classification(labels=tuple("abcdef"[: len(sizes)]))
    return divide(shuffled_classes(sizes), missing, task=task, place="set", seed=seed)


@settings(deadline=None)
@given(sizes=class_sizes, missing=missing_parts, seed=seeds)
def test_every_example_is_in_exactly_one_part(sizes, missing, seed):
    parts = split(sizes, missing, seed)
    assert sorted(np.concatenate(list(parts.values()))) == list(range(sum(sizes)))


@settings(deadline=None)
@given(sizes=class_sizes, missing=missing_parts, seed=seeds)
def test_each_class_is_within_one_example_of_its_share(sizes, missing, seed):
    y = shuffled_classes(sizes)
    for part, index in split(sizes, missing, seed).items():
        counts = np.bincount(y[index], minlength=len(sizes))
        assert np.all(np.abs(counts - SHARES[missing][part] * np.array(sizes)) <= 1)


@settings(deadline=None)
@given(sizes=class_sizes, missing=missing_parts, seed=seeds)
def test_every_class_is_in_every_part(sizes, missing, seed):
    y = shuffled_classes(sizes)
    assert all(set(y[index]) == set(y) for index in split(sizes, missing, seed).values())


@settings(deadline=None)
@given(sizes=class_sizes, missing=missing_parts, seed=seeds)
def test_the_same_seed_gives_the_same_split(sizes, missing, seed):
    first, second = split(sizes, missing, seed), split(sizes, missing, seed)
    assert all(np.array_equal(first[part], second[part]) for part in first)


def test_another_seed_gives_another_split():
    first, second = (split([30, 30], ("validation", "test"), seed) for seed in (0, 1))
    assert not np.array_equal(first["test"], second["test"])


def test_positions_come_in_rising_order():
    parts = split([9, 14], ("validation", "test"))
    assert all(np.all(np.diff(index) > 0) for index in parts.values())


def test_a_three_way_split_needs_five_examples_of_each_class():
    message = (
        r"^set: too few examples to split into train, validation, test: class 'b' has 4, 'c' has 1; "
        r"each class needs at least 5\.$"
    )
    with pytest.raises(DataError, match=message):
        split([5, 4, 1], ("validation", "test"))


def test_a_two_way_split_needs_four_examples_of_each_class():
    with pytest.raises(DataError, match=r"class 'b' has 3; each class needs at least 4\.$"):
        split([4, 3], ("test",))


def test_the_message_names_at_most_ten_classes():
    labels = [str(index) for index in range(12)]
    with pytest.raises(DataError, match=r"'9' has 1, and 2 more; each"):
        divide(np.arange(12), ("test",), task=Classification(labels=tuple(labels)), place="set", seed=0)


@pytest.mark.parametrize(
    ("examples", "missing", "size"),
    [(10_000, 2, 2_000), (10_000, 1, 2_500), (50_000, 1, 5_590), (60_000, 1, 6_124), (1_000_000, 2, 20_000)],
)
def test_of_more_than_ten_thousand_examples_a_part_grows_with_their_square_root(examples, missing, size):
    assert part_share(examples, missing) * examples == pytest.approx(size, abs=0.5)


def test_a_rare_class_is_in_every_part_of_a_large_dataset_too():
    y = np.concatenate([np.zeros(200_000, np.int64), np.ones(5, np.int64)])
    parts = divide(y, ("validation", "test"), task=Classification(labels=("a", "b")), place="set", seed=0)

    assert all(np.any(y[index] == 1) for index in parts.values())
