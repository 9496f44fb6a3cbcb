"""A damaged file has the pixels that Pillow gives, or is refused if Pillow refuses it."""

import numpy as np
import pytest

from cnnsearch.data.pictures import PictureError, PictureForm, read_pixels
from tests.data.helpers import by_pillow, photo

SUFFIXES = [".jpg", ".png"]


def check(path, content, height, width):
    path.write_bytes(content)
    form = PictureForm("RGB", height, width, 8)
    try:
        expected = by_pillow(path, "RGB", height, width)
    except Exception:  # a decoder can raise anything
        with pytest.raises(PictureError):
            read_pixels(path, content, form)
    else:
        np.testing.assert_array_equal(read_pixels(path, content, form), expected)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kept", [0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_file_that_is_cut_short(tmp_path, suffix, kept):
    path = tmp_path / f"a{suffix}"
    photo(100, 100).save(path)
    check(path, path.read_bytes()[: int(kept * path.stat().st_size)], 20, 20)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("height", "width"), [(20, 30), (40, 60)])
def test_a_file_with_one_other_byte(tmp_path, suffix, height, width):
    path, draws = tmp_path / f"a{suffix}", np.random.default_rng(0)
    photo(height, width).save(path)
    whole = path.read_bytes()
    for _ in range(100):
        content = bytearray(whole)
        content[draws.integers(2, len(whole))] = draws.integers(0, 256)
        check(path, bytes(content), 20, 30)
