import numpy as np
import pytest

from cnnsearch.errors import DataError
from cnnsearch.predict.arrays import check_examples, read_examples
from tests.predict.helpers import COLOURS, DIGITS, SIGNALS


def saved(folder, **arrays):
    np.savez(folder / "some.npz", **arrays)
    return folder / "some.npz"


@pytest.mark.parametrize("names", [("x", "y"), ("x_test", "y_test", "x_train"), ("pictures",)])
def test_examples_are_found_by_their_name_or_as_the_only_array(tmp_path, names):
    arrays = {name: np.full(3, place) for place, name in enumerate(names)}
    assert read_examples(saved(tmp_path, **arrays)).tolist() == [0, 0, 0]


def test_other_names_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"some\.npz: found the arrays a, b; expected x or x_test"):
        read_examples(saved(tmp_path, a=np.zeros(1), b=np.zeros(1)))


def test_pickled_objects_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"some\.npz: cannot be read as an \.npz archive"):
        read_examples(saved(tmp_path, x=np.array([{}], dtype=object)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "some.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"some\.npz: cannot be read as an \.npz archive"):
        read_examples(tmp_path / "some.npz")


def test_a_bare_array_is_refused(tmp_path):
    with (tmp_path / "some.npz").open("wb") as file:
        np.save(file, np.zeros((2, 8, 8)))
    with pytest.raises(DataError, match=r"some\.npz: cannot be read as an \.npz archive"):
        read_examples(tmp_path / "some.npz")


def test_a_single_channel_may_be_left_out():
    x, notes = check_examples(np.arange(192).reshape(3, 8, 8), DIGITS, "here")
    assert x.shape == (3, 8, 8, 1) and notes == []


@pytest.mark.parametrize(
    ("shape", "form", "found"),
    [
        ((3, 9, 9), DIGITS, "3 examples of 9x9; expected 8x8x1"),
        ((2, 8, 8, 3), DIGITS, "2 examples of 8x8x3; expected 8x8x1"),
        ((2, 6, 5), COLOURS, "2 examples of 6x5; expected 6x5x3"),
        ((4,), SIGNALS, "4 examples of single numbers; expected 12x2"),
    ],
)
def test_another_shape_is_refused(shape, form, found):
    with pytest.raises(DataError, match=f"here: found {found}"):
        check_examples(np.zeros(shape, np.uint8), form, "here")


def test_what_is_no_number_is_refused():
    with pytest.raises(DataError, match="here: found <U1; expected numbers"):
        check_examples(np.full((1, 8, 8, 1), "a"), DIGITS, "here")


def test_channels_may_be_first():
    x = np.arange(180, dtype=np.uint8).reshape(2, 3, 6, 5)
    found, _ = check_examples(x, COLOURS, "here")
    assert np.array_equal(found, x.transpose(0, 2, 3, 1))


def test_values_of_another_range_are_noted():
    _, notes = check_examples(np.linspace(0, 1, 64).reshape(1, 8, 8, 1), DIGITS, "here")
    assert notes == [
        "here: values from 0 to 1, but the network was trained on values from 0 to 255; rescale them if "
        "their unit differs"
    ]
