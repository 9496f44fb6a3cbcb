"""PNG files that are recognized as own ones."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cnnsearch.page.png import is_own, png


@pytest.mark.parametrize(
    ("dtype", "shape", "mode", "most"),
    [(np.uint8, (5, 4), "P", 255), (np.uint16, (5, 4), "I;16", 65_535), (np.uint8, (5, 4, 3), "RGB", 255)],
)
def test_values_are_kept(dtype, shape, mode, most):
    pixels = np.random.default_rng(0).integers(0, most, shape, dtype, endpoint=True)
    found = Image.open(BytesIO(png(pixels)))
    assert found.mode == mode
    np.testing.assert_array_equal(np.asarray(found), pixels)


def test_zero_is_black_and_other_values_have_colours():
    colours = np.asarray(Image.open(BytesIO(png(np.array([[0, 1, 255]], np.uint8)))).convert("RGB"))
    assert not colours[0, 0].any() and colours[0, 1].any() and colours[0, 2].any()


def test_own_files_are_recognized(tmp_path):
    own, other, text = (tmp_path / name for name in ("own.png", "other.png", "text.png"))
    own.write_bytes(png(np.zeros((2, 2), np.uint8)))
    Image.new("L", (2, 2)).save(other)
    text.write_text("no picture")
    assert [is_own(path) for path in (own, other, text, tmp_path / "none.png")] == [True, False, False, False]
