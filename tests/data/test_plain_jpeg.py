"""JPEG files read without Pillow have the headers and the pixels that Pillow gives."""

import io
import tarfile
import zipfile
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from cnnsearch.data import plain_jpeg
from cnnsearch.data.pictures import PictureError, PictureForm, read_header, read_pixels
from tests.data.helpers import by_pillow, photo

REAL = Path(__file__).parents[3] / "shared" / "data"
SIZES = [(24, 40), (1, 1), (17, 23), (300, 211), (64, 1000)]
TAG = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # orientation 6, as TIFF


def check(path, height=16, width=20):
    """Header and pixels, at a size of its own and at another one, equal those of Pillow."""
    header = read_header(path)
    with Image.open(path) as image:
        assert (header.width, header.height, header.mode, header.format) == (*image.size, image.mode, "JPEG")
    content = path.read_bytes()
    for mode in ("RGB", "L"):
        for size in ((height, width), (header.height, header.width)):
            expected = by_pillow(path, mode, *size)
            np.testing.assert_array_equal(read_pixels(path, content, PictureForm(mode, *size, 8)), expected)


def is_plain(path):
    return plain_jpeg.read_plain(path.read_bytes()) is not None


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_colours_are_those_of_pillow(tmp_path, size, subsampling, progressive):
    path = tmp_path / "a.jpg"
    photo(*size).save(path, quality=85, subsampling=subsampling, progressive=progressive)
    assert is_plain(path)
    check(path)


@pytest.mark.parametrize("size", SIZES)
def test_greys_are_those_of_pillow(tmp_path, size):
    path = tmp_path / "a.jpg"
    photo(*size, mode="L").save(path)
    assert is_plain(path)
    check(path)


@pytest.mark.parametrize("side", [8, 12, 25, 50, 99, 100, 199, 200])
def test_reduced_sizes_are_those_of_pillow(tmp_path, side):
    path = tmp_path / "a.jpg"
    photo(200, 200).save(path)
    check(path, side, side)


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (9, 7), (15, 40), (16, 16), (33, 17)])
def test_a_tiny_file_is_reduced_as_by_pillow(tmp_path, size):
    path = tmp_path / "a.jpg"
    photo(*size).save(path, quality=90)
    check(path, 1, 1)
    check(path, 2, 2)


@pytest.mark.parametrize(
    "options",
    [{"restart_marker_blocks": 2}, {"optimize": True}, {"icc_profile": bytes(100_000)}, {"comment": b"a"}],
    ids=lambda options: next(iter(options)),
)
def test_what_has_no_effect_on_pixels_is_plain(tmp_path, options):
    path = tmp_path / "a.jpg"
    photo().save(path, **options)
    assert is_plain(path)
    check(path)


@pytest.mark.parametrize("subsampling", ["440", "411"])
def test_rare_subsampling_is_read_by_pillow(tmp_path, subsampling):
    path = tmp_path / "a.jpg"
    path.write_bytes(simplejpeg.encode_jpeg(np.asarray(photo()), colorsubsampling=subsampling))
    assert not is_plain(path)
    check(path)


@pytest.mark.parametrize(
    ("mode", "options"), [("CMYK", {}), ("RGB", {"keep_rgb": True, "subsampling": 0})], ids=["CMYK", "RGB"]
)
def test_other_colour_spaces_are_read_by_pillow(tmp_path, mode, options):
    path = tmp_path / "a.jpg"
    photo(mode=mode).save(path, **options)
    assert not is_plain(path)
    check(path)


@pytest.mark.parametrize(
    "options",
    [{"exif": b"Exif\0\0" + TAG}, {"xmp": b'<x tiff:Orientation="6"/>'}],
    ids=["EXIF", "XMP"],
)
def test_an_orientation_is_followed(tmp_path, options):
    path = tmp_path / "a.jpg"
    photo(24, 40).save(path, **options)
    with Image.open(path) as image:
        expected = np.rot90(np.asarray(image), -1)
    assert (read_header(path).height, read_header(path).width) == (40, 24)
    pixels = read_pixels(path, path.read_bytes(), PictureForm("RGB", 40, 24, 8))
    np.testing.assert_array_equal(pixels, expected)


def test_a_file_of_several_images_has_the_format_that_pillow_names(tmp_path):
    path = tmp_path / "a.jpg"
    photo().save(path, "MPO", save_all=True, append_images=[photo()])
    assert read_header(path).format == "MPO"


def test_a_jpeg_among_images_of_16_bits_is_refused(tmp_path):
    path = tmp_path / "a.jpg"
    photo(mode="L").save(path)
    with pytest.raises(PictureError, match="8 bits per value; expected 16"):
        read_pixels(path, path.read_bytes(), PictureForm("L", 24, 40, 16))


@pytest.mark.skipif(not (REAL / "bccd.zip").exists(), reason="the real pictures are not here")
def test_real_photos_are_those_of_pillow(tmp_path):
    with zipfile.ZipFile(REAL / "bccd.zip") as archive:
        for name in [name for name in archive.namelist() if name.endswith(".jpg")][:10]:
            (tmp_path / "a.jpg").write_bytes(archive.read(name))
            assert is_plain(tmp_path / "a.jpg")
            check(tmp_path / "a.jpg", 128, 128)


@pytest.mark.skipif(not (REAL / "cifar10.tar.xz").exists(), reason="the real pictures are not here")
def test_real_icons_are_those_of_pillow(tmp_path):
    with tarfile.open(REAL / "cifar10.tar.xz", "r|xz") as archive:
        for member in islice((member for member in archive if member.isfile()), 100):
            (tmp_path / "a.jpg").write_bytes(archive.extractfile(member).read())
            assert is_plain(tmp_path / "a.jpg")
            check(tmp_path / "a.jpg", 32, 32)


def test_only_the_start_is_needed_for_a_header():
    stream = io.BytesIO()
    photo(200, 300).save(stream, "JPEG")
    start = stream.getvalue()[:1000]
    plain = plain_jpeg.read_plain(start)
    assert plain and (plain.width, plain.height, plain.mode) == (300, 200, "RGB")
