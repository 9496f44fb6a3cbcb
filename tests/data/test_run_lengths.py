import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask

from cnnsearch.data.run_lengths import pixels_of, read_counts
from cnnsearch.errors import DataError


@settings(max_examples=100, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 1)))
def test_compressed_texts_are_read_as_pycocotools_writes_them(pixels):
    pixels = np.repeat(pixels, 7, axis=0)
    text = mask.encode(np.asfortranarray(pixels))["counts"].decode()
    assert read_counts(text, pixels.size, "place") == text
    np.testing.assert_array_equal(pixels_of(text, pixels.shape), pixels)


def test_numbers_are_run_lengths_down_the_columns():
    assert read_counts([3, 5, 0, 0, 4], 12, "place") == (3, 5, 0, 0, 4)
    assert pixels_of((3, 5, 4), (4, 3)).astype(int).tolist() == [[0, 1, 0], [0, 1, 0], [0, 1, 0], [1, 1, 0]]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([3, 5], "run lengths of 8 pixels; expected 16"),
        ([-3, 19], "none of them below 0"),
        ("", "run lengths of 0 pixels; expected 16"),
        ("zz", "found the character 'z'"),
        ("3`", "not complete"),
        ([3, "x"], "expected a list of numbers, or a compressed text"),
        (7, "expected a list of numbers, or a compressed text"),
    ],
)
def test_what_are_no_run_lengths_is_refused(counts, message):
    with pytest.raises(DataError, match=f"^a.json: annotation 4: segmentation.*{message}"):
        read_counts(counts, 16, "a.json: annotation 4")
