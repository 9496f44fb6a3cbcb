"""PNG files read without Pillow's parser have the headers and the pixels that Pillow gives."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cnnsearch.data import plain_png
from cnnsearch.data.pictures import PictureForm, read_header, read_pixels
from tests.data.helpers import by_pillow, photo

SIZES = [(24, 40), (1, 1), (17, 23), (300, 211)]


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def picture(mode, height=24, width=40):
    image = photo(height, width)
    if mode in ("LA", "RGBA"):
        image.putalpha(photo(height, width, "L"))
    return image.convert(mode)


def check(path, height=16, width=20):
    header = read_header(path)
    with Image.open(path) as image:
        assert (header.width, header.height, header.mode, header.format) == (*image.size, image.mode, "PNG")
    for mode in ("RGB", "L"):
        for size in ((height, width), (header.height, header.width)):
            pixels = read_pixels(path, path.read_bytes(), PictureForm(mode, *size, 8))
            np.testing.assert_array_equal(pixels, by_pillow(path, mode, *size))


def is_plain(path):
    return plain_png.read_plain(path.read_bytes()) is not None


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", SIZES)
def test_pixels_are_those_of_pillow(tmp_path, mode, size):
    path = tmp_path / "a.png"
    picture(mode, *size).save(path)
    assert is_plain(path)
    check(path)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_every_compression_is_read(tmp_path, level):
    path = tmp_path / "a.png"
    picture("RGB", 200, 300).save(path, compress_level=level)  # in several chunks
    assert is_plain(path)
    check(path)


def interlaced(height, width):
    """The content of a greyscale PNG in the order of Adam7, with its pixels."""
    pixels = np.asarray(photo(height, width, "L"))
    passes = [
        (0, 8, 0, 8),
        (0, 8, 4, 8),
        (4, 8, 0, 4),
        (0, 4, 2, 4),
        (2, 4, 0, 2),
        (0, 2, 1, 2),
        (1, 2, 0, 1),
    ]
    parts = [pixels[top::down, left::right] for top, down, left, right in passes]
    rows = b"".join(b"\0" + row.tobytes() for part in parts if part.size for row in part)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return plain_png.SIGNATURE + body


@pytest.mark.parametrize("size", SIZES)
def test_interlaced_files_are_read(tmp_path, size):
    path = tmp_path / "a.png"
    path.write_bytes(interlaced(*size))
    assert is_plain(path)
    check(path)


@pytest.mark.parametrize("mode", ["1", "P", "I;16"])
def test_other_modes_are_left_to_pillow(tmp_path, mode):
    path = tmp_path / "a.png"
    grey = photo(mode="L")
    image = Image.fromarray(np.asarray(grey).astype(np.uint16)) if mode == "I;16" else grey.convert(mode)
    image.save(path)
    assert not is_plain(path)
    assert read_header(path).mode == mode


@pytest.mark.parametrize(("text", "plain"), [("Software", True), ("Comment", True), ("transparency", False)])
def test_texts_that_pillow_reads_as_properties_are_left_to_it(tmp_path, text, plain):
    path, info = tmp_path / "a.png", PngInfo()
    info.add_text(text, "some words")
    photo().save(path, pnginfo=info, dpi=(72, 72))
    assert is_plain(path) == plain


@pytest.mark.parametrize("after", [False, True], ids=["before the pixels", "after them"])
def test_an_orientation_is_followed(tmp_path, after):
    path, exif = tmp_path / "a.png", Image.Exif()
    exif[0x0112] = 6
    photo().save(path, **({} if after else {"exif": exif}))
    if after:
        content = path.read_bytes()
        path.write_bytes(content[:-12] + chunk(b"eXIf", exif.tobytes()[6:]) + content[-12:])
    pixels = read_pixels(path, path.read_bytes(), PictureForm("RGB", 40, 24, 8))
    np.testing.assert_array_equal(pixels, np.rot90(np.asarray(photo()), -1))


def test_a_transparent_colour_is_left_to_pillow(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 6), (1, 2, 3)).save(path, transparency=(1, 2, 3))
    assert not is_plain(path)
    assert (read_pixels(path, path.read_bytes(), PictureForm("RGB", 6, 8, 8)) == 255).all()
