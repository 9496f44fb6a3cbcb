import numpy as np
import pytest

from cnnsearch.data.arrays import check_arrays
from cnnsearch.data.content import content_from_arrays, split_origin, summarize
from cnnsearch.errors import DataError
from tests.data.helpers import pictures


def content_of(**classes):
    pairs = {part: (pictures(len(y)), np.asarray(y)) for part, y in classes.items()}
    return content_from_arrays(check_arrays(pairs, "set.npz"), "set.npz", seed=0)


def sizes(content):
    return {part: len(split) for part, split in content.splits.items()}


def test_one_set_is_split_60_20_20():
    assert sizes(content_of(train=[0, 1] * 50)) == {"train": 60, "validation": 20, "test": 20}


@pytest.mark.parametrize(("given", "made"), [("test", "validation"), ("validation", "test")])
def test_a_single_missing_part_is_a_quarter_of_the_training_examples(given, made):
    content = content_of(train=[0, 1] * 40, **{given: [0, 1] * 10})
    assert sizes(content) == {"train": 60, given: 20, made: 20}


def test_given_parts_stay_as_they_are():
    content = content_of(train=[0, 1], validation=[1], test=[0])
    assert sizes(content) == {"train": 2, "validation": 1, "test": 1}


def test_examples_keep_their_labels():
    x = np.arange(100, dtype=np.uint8).reshape(100, 1)
    content = content_from_arrays(check_arrays({"train": (x, np.arange(100) % 4)}, "set"), "set", seed=3)
    assert all(np.array_equal(split.x[:, 0, 0] % 4, split.y) for split in content.splits.values())


@pytest.mark.parametrize(
    ("given", "origin"),
    [(["train"], "made"), (["train", "test"], "completed"), (["train", "validation", "test"], "given")],
)
def test_the_origin_gives_the_number_of_given_parts(given, origin):
    assert split_origin(dict.fromkeys(given)) == origin


def test_one_class_is_refused():
    with pytest.raises(DataError, match=r"^set\.npz: found only one class \(7\); expected at least two\.$"):
        content_of(train=[7] * 10)


def test_a_class_without_training_examples_is_refused():
    with pytest.raises(
        DataError, match=r"^set\.npz: no training examples of class '2', which occurs in another part"
    ):
        content_of(train=[0, 1], validation=[0], test=[1, 2])


def test_the_summary_counts_duplicates_of_test_examples():
    x = pictures(6)
    pairs = {
        "train": (x[:3], np.arange(3)),
        "validation": (x[3:4], np.zeros(1, int)),
        "test": (x[1:], np.arange(5) % 3),
    }
    content = content_from_arrays(check_arrays(pairs, "set"), "set", seed=0)
    assert summarize(content, name="set", source="set", seed=0).duplicates_across_splits == 3


def test_a_column_that_is_constant_after_the_split_is_refused():
    y = np.zeros((40, 2))
    y[:, 0], y[7, 1] = np.arange(40), 1.0
    x = np.random.default_rng(0).random((40, 3))
    refused = 0
    for seed in range(8):  # the one example that differs is not in every training split
        arrays = check_arrays({"train": (x, y)}, "set", "regression")
        try:
            content_from_arrays(arrays, "set", seed)
        except DataError as error:
            assert "all training examples have the same number" in str(error)
            refused += 1
    assert 0 < refused < 8
