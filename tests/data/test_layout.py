import logging

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.data.arrays import check_arrays
from cnnsearch.data.layout import describe_shape, find_layout
from cnnsearch.errors import DataError
from tests.data.helpers import write_classes


@pytest.mark.parametrize(
    ("shape", "text", "other"),
    [
        ((64,), "signals 64 steps, 1 channel", ""),
        ((8, 8), "pictures 8 x 8, 1 channel", ""),
        ((28, 28), "pictures 28 x 28, 1 channel", ""),
        ((120, 160), "pictures 120 x 160, 1 channel", "--dims 1 --channels first"),
        ((128, 9), "signals 128 steps, 9 channels", ""),
        ((48, 9), "signals 48 steps, 9 channels", "--dims 2"),
        ((9, 128), "signals 128 steps, 9 channels", ""),
        ((5, 2), "signals 5 steps, 2 channels", ""),
        ((32, 32, 3), "pictures 32 x 32, 3 channels", ""),
        ((3, 32, 32), "pictures 32 x 32, 3 channels", ""),
        ((1, 28, 28), "pictures 28 x 28, 1 channel", ""),
        ((9, 32, 32), "pictures 9 x 32, 32 channels", "--dims 2 --channels first"),
        ((16, 16, 16), "pictures 16 x 16, 16 channels", "--dims 3"),
        ((16, 16, 16, 1), "volumes 16 x 16 x 16, 1 channel", ""),
        ((1, 16, 16, 16), "volumes 16 x 16 x 16, 1 channel", ""),
    ],
)
def test_the_axes_have_one_meaning_and_another_plausible_one_is_named(shape, text, other, caplog):
    with caplog.at_level(logging.WARNING):
        assert find_layout(shape, "x").text(shape) == text
    assert f"; {other} reads them as " in caplog.text if other else not caplog.records


@pytest.mark.parametrize(
    ("shape", "options", "text"),
    [
        ((8, 8), {"dims": 1}, "signals 8 steps, 8 channels"),
        ((8, 12), {"dims": 1, "channels": "first"}, "signals 12 steps, 8 channels"),
        ((128, 9), {"dims": 2}, "pictures 128 x 9, 1 channel"),
        ((16, 16, 16), {"dims": 3}, "volumes 16 x 16 x 16, 1 channel"),
        ((9, 32, 32), {"channels": "first"}, "pictures 32 x 32, 9 channels"),
        ((3, 32, 32), {"channels": "last"}, "pictures 3 x 32, 32 channels"),
        ((8, 8), {"channels": "last"}, "signals 8 steps, 8 channels"),
    ],
)
def test_options_set_the_layout(shape, options, text):
    assert find_layout(shape, "x", **options).text(shape) == text


def test_an_impossible_layout_is_refused():
    with pytest.raises(DataError, match=r"x: found 1 axes per example \(8\); expected 3 or 4 for volumes"):
        find_layout((8,), "x", 3)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64", "bool"])
def test_types_of_values_do_not_change_the_layout(dtype):
    x = np.ones((4, 8, 8), dtype)
    assert check_arrays({"train": (x, np.arange(4) % 2)}, "x").xs["train"].shape == (4, 8, 8, 1)


def test_channels_are_moved_to_the_end():
    x = np.arange(4 * 3 * 5 * 6, dtype=np.float32).reshape(4, 3, 5, 6)
    found = check_arrays({"train": (x, np.arange(4) % 2)}, "x").xs["train"]
    assert np.array_equal(found, x.transpose(0, 2, 3, 1))


def test_all_parts_have_the_layout_of_train():
    x, y = np.ones((4, 3, 5, 6), np.uint8), np.arange(4) % 2
    found = check_arrays({"train": (x, y), "test": (x[:2], y[:2])}, "x").xs
    assert found["train"].shape[1:] == found["test"].shape[1:] == (5, 6, 3)


def test_layouts_of_images_are_not_set(tmp_path):
    with pytest.raises(DataError, match="--dims and --channels apply to arrays only; found images"):
        load_data(write_classes(tmp_path), dims=2)


def test_a_shape_is_described_in_words():
    assert describe_shape((8, 8, 1)) == "pictures 8 x 8, 1 channel"
