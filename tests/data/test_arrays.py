import numpy as np
import pytest

from cnnsearch.data.arrays import check_arrays
from cnnsearch.errors import DataError
from cnnsearch.tasks.registry import TASKS
from tests.data.helpers import pictures


def check(x, y, **others):
    return check_arrays({"train": (np.asarray(x), np.asarray(y)), **others}, "set.npz")


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((3, 7), "uint8", (7, 1)),
        ((3, 7), "float64", (7, 1)),
        ((3, 5, 6), "uint8", (5, 6, 1)),
        ((3, 5, 2), "float32", (5, 2)),
        ((3, 5, 2), "int64", (5, 2)),
        ((3, 5, 6, 2), "uint8", (5, 6, 2)),
        ((3, 4, 5, 6, 2), "float32", (4, 5, 6, 2)),
    ],
)
def test_the_rank_decides_the_input_shape(shape, dtype, expected):
    x = check(np.ones(shape, dtype), [0, 1, 0]).xs["train"]
    assert x.shape[1:] == expected


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint16", "int64", "bool"])
def test_numbers_other_than_uint8_become_float32(dtype):
    assert check(np.ones((2, 4), dtype), [0, 1]).xs["train"].dtype == np.float32


def test_uint8_is_kept_as_it_is():
    x = pictures(2, 4, 4, 3)
    assert check(x, [0, 1]).xs["train"] is x


@pytest.mark.parametrize(
    ("y", "labels", "indices"),
    [
        ([10, -1, 9], ("-1", "9", "10"), [2, 0, 1]),
        (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
        ([b"b", b"a", b"b"], ("a", "b"), [1, 0, 1]),
        ([[1], [0], [1]], ("0", "1"), [1, 0, 1]),
        (np.array([3, 1, 3], np.uint8), ("1", "3"), [1, 0, 1]),
    ],
)
def test_labels_are_kept_as_names_and_counted_from_zero(y, labels, indices):
    arrays = check(np.ones((3, 4)), y)
    assert (arrays.task.names, arrays.ys["train"].tolist()) == (labels, indices)


def test_class_indices_are_int64():
    assert check(np.ones((2, 4)), np.array([0, 1], np.uint8)).ys["train"].dtype == np.int64


def test_the_parts_share_their_labels():
    test = (pictures(1, 4), np.array(["b"]))
    arrays = check(pictures(3, 4), ["a", "b", "c"], test=test)
    assert (arrays.task.names, arrays.ys["test"].tolist()) == (("a", "b", "c"), [1])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array(["a", "b"]), r"found <U1; expected numbers\."),
        (np.ones((2, 3), complex), r"found complex128; expected numbers\."),
        (np.ones((0, 3)), r"found an empty array of shape \(0, 3\)\."),
        (np.ones((2, 0)), r"found an empty array of shape \(2, 0\)\."),
        (np.ones(2), r"found shape \(2,\); expected \(examples, \.\.\.\) with one to four further axes\."),
        (np.ones((2, 1, 1, 1, 1, 1)), r"found shape \(2, 1, 1, 1, 1, 1\); expected"),
        (
            np.array([[1.0], [np.nan]]),
            r"found NaN or infinite values \(as float32\) in 1 of 2 examples, the first at 1;",
        ),
        (
            np.array([[np.inf], [1.0]]),
            r".* in 1 of 2 examples, the first at 0; expected finite values\.",
        ),
        (np.array([[1.0], [1e200]]), r".* in 1 of 2 examples, the first at 1;"),
    ],
)
def test_examples_that_cannot_be_used(x, message):
    with pytest.raises(DataError, match=r"^set\.npz, train examples: " + message):
        check(x, [0, 1])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([True, False], r"found bool; expected integers or strings\."),
        (np.ones((2, 1, 1)), r"found shape \(2, 1, 1\); expected one label for each example\."),
        (1, r"found shape \(\); expected one label for each example\."),
    ],
)
def test_labels_that_cannot_be_used(y, message):
    with pytest.raises(DataError, match=r"^set\.npz, train labels: " + message):
        check(pictures(2, 4), y)


def test_uneven_lengths_are_refused():
    message = r"^set\.npz, train: found 3 examples and 2 targets; expected equal numbers\.$"
    with pytest.raises(DataError, match=message):
        check(pictures(3, 4), [0, 1])


@pytest.mark.parametrize("y", [np.ones((2, 3)), np.zeros((0, 2)), np.zeros(0)])
@pytest.mark.parametrize("task", [None, *TASKS])
def test_uneven_lengths_are_refused_before_targets_are_encoded(y, task):
    message = rf"^set\.npz, train: found 3 examples and {len(y)} targets; expected equal numbers\.$"
    with pytest.raises(DataError, match=message):
        check_arrays({"train": (pictures(3, 4), y)}, "set.npz", task)


@pytest.mark.parametrize("x", [pictures(1, 5), np.ones((1, 4))])
def test_parts_unlike_the_training_part_are_refused(x):
    with pytest.raises(
        DataError, match=r"^set\.npz, test examples: found .* per example; expected shape \(4,\) and uint8,"
    ):
        check(pictures(2, 4), [0, 1], test=(x, np.array([0])))


def test_labels_of_two_kinds_are_refused():
    test = (pictures(1, 4), np.array(["a"]))
    with pytest.raises(
        DataError, match=r"^set\.npz: found integer labels in one part and strings in another;"
    ):
        check(pictures(2, 4), [0, 1], test=test)
