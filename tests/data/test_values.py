import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.data import load_data
from cnnsearch.data.values import ValueRange, find_range
from cnnsearch.errors import DataError


def found(values, dtype):
    return find_range(np.array([values], dtype), np.dtype(dtype).name)


@pytest.mark.parametrize(
    ("values", "dtype", "ends", "origin"),
    [
        ([0, 1], "uint8", (0, 1), "bits"),
        ([False, True], "bool", (0, 1), "bits"),
        ([0, 16], "uint8", (0, 16), "train"),
        ([3, 255], "uint8", (0, 255), "bits"),
        ([0, 250], "uint8", (0, 255), "bits"),
        ([12, 200], "uint8", (12, 200), "train"),
        ([60, 4095], "uint16", (0, 4095), "bits"),
        ([0, 900], "uint16", (0, 900), "train"),
        ([0, 65535], "int64", (0, 65535), "bits"),
        ([-7, 255], "int64", (-7, 255), "train"),
        ([0.0, 255.0], "float32", (0, 255), "bits"),
        ([0.0, 0.25, 1.0], "float32", (0, 1), "train"),
        ([0.0, 0.5, 0.99], "float64", (0, 0.99), "train"),
        ([-1.5, 2.0], "float32", (-1.5, 2), "train"),
    ],
)
def test_the_range_is_that_of_the_training_split_or_of_the_bits_that_it_fills(values, dtype, ends, origin):
    values = found(values, dtype)
    assert values.ends == pytest.approx(ends) and values.origin == origin


@given(high=st.integers(1, 70_000), low=st.integers(0, 100))
def test_a_range_contains_the_training_split_and_little_more(high, low):
    low = min(low, high)
    values = found([low, high], "int64")
    assert values.low <= low and high <= values.high <= high / 0.9 + 1e-9


def test_a_given_range_is_used_and_examples_outside_are_warned_of(caplog):
    x = np.array([[0.0, 300.0]], np.float32)
    with caplog.at_level(logging.WARNING):
        assert find_range(x, "float32", (0.0, 255.0)).ends == (0, 255)
    assert "values from 0 to 300, outside of the given range, 0 to 255" in caplog.text


RANGES = {
    "bits": (0, 1),
    "signed": (-1, 1),
    "digits": (0, 16),
    "bytes": (0, 255),
    "12 bits": (0, 4095),
    "16 bits": (0, 65535),
}


@pytest.mark.parametrize("trained", RANGES)
@pytest.mark.parametrize("asked", RANGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_values_of_every_other_range_are_a_mismatch(trained, asked, dtype):
    values = find_range(np.array([RANGES[trained]], np.float32), "float32")
    x = np.linspace(*RANGES[asked], 7).astype(dtype)
    assert bool(values.mismatch(x)) == (trained != asked)


def test_a_mismatch_names_the_range_that_was_found():
    assert ValueRange().mismatch(np.array([0.0, 0.5, np.nan])) == "0 to 0.5"
    assert ValueRange().mismatch(np.array([], np.float32)) == ""


def arrays(path, x):
    x = np.tile(x, (50, 1, 1)).astype(x.dtype)
    np.savez(path, x=x, y=np.arange(len(x)) % 2)
    return path


def test_a_dataset_records_its_range_and_the_type_that_was_brought(tmp_path):
    x = np.zeros((2, 8, 8), np.uint16)
    x[:, 0, 0] = 900
    values = load_data(arrays(tmp_path / "a.npz", x)).summary.values
    assert values == ValueRange(low=0, high=900, dtype="uint16", origin="train")


def test_a_given_range_makes_another_stored_dataset(tmp_path):
    path = arrays(tmp_path / "a.npz", np.eye(8, dtype=np.uint8)[None].repeat(2, 0))
    found, given_range = load_data(path), load_data(path, value_range=(0, 255))
    assert (found.summary.values.ends, given_range.summary.values.ends) == ((0, 1), (0, 255))
    assert found.store(tmp_path / "d") != given_range.store(tmp_path / "d")


def test_a_range_without_width_is_refused(tmp_path):
    with pytest.raises(DataError, match="value range: found 3 to 3; expected the smaller value first"):
        load_data("digits", value_range=(3, 3))
