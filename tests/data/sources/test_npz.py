import zipfile

import numpy as np
import pytest

from cnnsearch.data.sources.npz import read_npz
from cnnsearch.errors import DataError
from tests.data.helpers import keras_arrays, pictures, write_npz


def test_a_plain_pair_is_the_training_part(tmp_path):
    x, y = pictures(3), np.arange(3)
    pairs = read_npz(write_npz(tmp_path / "set.npz", x=x, y=y))
    assert list(pairs) == ["train"] and np.array_equal(pairs["train"][0], x)


@pytest.mark.parametrize("validation", ["validation", "val"])
def test_keras_names_give_the_parts(tmp_path, validation):
    arrays = keras_arrays(train=4, test=2, **{validation: 3})
    pairs = read_npz(write_npz(tmp_path / "set.npz", **arrays))
    assert {part: len(x) for part, (x, _) in pairs.items()} == {"train": 4, "validation": 3, "test": 2}


def test_other_arrays_are_passed_over(tmp_path):
    pairs = read_npz(write_npz(tmp_path / "set.npz", names=np.array(["a"]), **keras_arrays(train=4)))
    assert list(pairs) == ["train"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("a", "b"), "a, b"),
        (("x",), "x"),
        (("x_test", "y_test"), "x_test, y_test"),
        (("x", "y", "x_test"), ".*"),
    ],
)
def test_arrays_under_other_names_are_listed(tmp_path, names, found):
    path = write_npz(tmp_path / "set.npz", **{name: np.arange(3) for name in names})
    with pytest.raises(DataError, match=rf"set\.npz: found the arrays {found}; expected x and y, or x_train"):
        read_npz(path)


def test_an_empty_archive_is_reported(tmp_path):
    with pytest.raises(DataError, match="found the arrays none; expected x and y"):
        read_npz(write_npz(tmp_path / "set.npz"))


def test_two_names_for_one_part_are_refused(tmp_path):
    path = write_npz(tmp_path / "set.npz", x=pictures(2), y=np.arange(2), **keras_arrays(train=2))
    with pytest.raises(DataError, match=r"set\.npz: found both x_train and x; expected one of them\.$"):
        read_npz(path)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"set\.npz: cannot be read as an \.npz archive \("):
        read_npz(path)


def test_a_damaged_array_is_named(tmp_path):
    path = write_npz(tmp_path / "set.npz", x=pictures(100, 9, 9), y=np.arange(100))
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"set\.npz: the array x cannot be read \(Bad CRC-32"):
        read_npz(path)


def test_a_member_that_is_not_array_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("x", "text")
        archive.writestr("y", "text")
    with pytest.raises(DataError, match=r"set\.npz: x is not a NumPy array\.$"):
        read_npz(tmp_path / "set.npz")


def test_a_single_array_is_refused(tmp_path):
    path = tmp_path / "set.npz"
    with path.open("wb") as file:
        np.save(file, pictures(3))
    with pytest.raises(
        DataError, match=r"set\.npz: found a single array, not an \.npz archive; expected arrays x and y"
    ):
        read_npz(path)


def test_pickled_objects_are_never_loaded(tmp_path):
    path = write_npz(tmp_path / "set.npz", x=pictures(2), y=np.array([{}, None], dtype=object))
    with pytest.raises(
        DataError, match=r"set\.npz: the array y cannot be read \(Object arrays cannot be loaded"
    ):
        read_npz(path)
