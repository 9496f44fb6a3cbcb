import hashlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from cnnsearch.data.pictures import PictureForm, choose_form, decode
from cnnsearch.errors import DataError
from tests.data.helpers import write_picture

SIDEWAYS = Image.Exif()
SIDEWAYS[0x0112] = 6  # orientation: turn by 90 degrees to see it upright


def write_array(path, array):
    Image.fromarray(np.asarray(array)).save(path)
    return path


def decode_one(path, form):
    return decode([path], form)[0][0]


def claim_pixels(path, width, height):
    """A tiny PNG whose header claims any size."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_greyscale_training_pictures_give_one_channel(tmp_path, mode):
    assert choose_form([write_picture(tmp_path / "a.png", mode=mode, color=None)], None).mode == "L"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_one_picture_of_another_mode_gives_three_channels(tmp_path, mode):
    files = [
        write_picture(tmp_path / "a.png", mode="L"),
        write_picture(tmp_path / "b.png", mode=mode, color=None),
    ]
    assert choose_form(files, None).mode == "RGB"


def test_the_size_is_the_medians_of_heights_and_widths(tmp_path):
    sizes = [(10, 60), (20, 40), (90, 50)]
    files = [write_picture(tmp_path / f"{width}.png", size=(width, height)) for width, height in sizes]
    assert choose_form(files, None).shape == (50, 20, 3)


def test_a_median_above_128_is_brought_down_with_its_aspect(tmp_path):
    assert choose_form([write_picture(tmp_path / "a.png", size=(512, 256))], None).shape == (64, 128, 3)


def test_a_size_that_was_asked_for_is_taken(tmp_path):
    assert choose_form([write_picture(tmp_path / "a.png")], (200, 300)).shape == (200, 300, 3)


def test_an_impossible_size_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"^image size \(0, 8\): height and width of at least 1 were expected\.$"
    ):
        choose_form([write_picture(tmp_path / "a.png")], (0, 8))


def test_the_size_is_that_of_the_upright_picture(tmp_path):
    path = write_picture(tmp_path / "a.jpg", size=(30, 20), exif=SIDEWAYS)
    assert choose_form([path], None).shape == (30, 20, 3)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_pictures_are_turned_upright(tmp_path, suffix):
    image = Image.new("L", (16, 16))
    image.paste(255, (0, 0, 16, 8))  # bright above, which is to the right once turned
    image.save(tmp_path / f"a.{suffix}", exif=SIDEWAYS)
    pixels = decode_one(tmp_path / f"a.{suffix}", PictureForm("L", 16, 16))
    assert pixels[:, 12].min() > 200 and pixels[:, 3].max() < 50


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "tif", "tiff", "webp", "jpg", "jpeg"])
def test_every_format_is_decoded(tmp_path, suffix):
    path = write_picture(tmp_path / f"a.{suffix}", color=(255, 0, 0))
    assert np.allclose(decode_one(path, PictureForm("RGB", 6, 8)), (255, 0, 0), atol=3)


def test_pixels_of_a_fitting_picture_are_exact(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    assert np.array_equal(decode_one(write_array(tmp_path / "a.png", array), PictureForm("RGB", 6, 8)), array)


def test_the_aspect_is_kept_and_the_rest_is_black(tmp_path):
    path = write_picture(tmp_path / "a.png", size=(8, 4), mode="L", color=200)
    columns = decode_one(path, PictureForm("L", 8, 8))[:, 0, 0]
    assert columns.tolist() == [0, 0, 200, 200, 200, 200, 0, 0]


def test_a_very_long_picture_keeps_one_row(tmp_path):
    path = write_picture(tmp_path / "a.png", size=(1000, 1), mode="L", color=200)
    assert np.count_nonzero(decode_one(path, PictureForm("L", 8, 8)).any(axis=1)) == 1


def test_a_large_jpeg_keeps_its_colour(tmp_path):
    path = write_picture(tmp_path / "a.jpg", size=(640, 640), color=(10, 120, 240))
    assert np.allclose(decode_one(path, PictureForm("RGB", 8, 8)), (10, 120, 240), atol=3)


@pytest.mark.parametrize(("mode", "color"), [("RGBA", (10, 20, 30, 0)), ("LA", (10, 0))])
def test_transparency_is_laid_over_white(tmp_path, mode, color):
    path = write_picture(tmp_path / "a.png", mode=mode, color=color)
    assert np.all(decode_one(path, PictureForm("RGB", 6, 8)) == 255)


def test_the_high_byte_of_deep_greyscale_is_kept(tmp_path):
    path = write_array(tmp_path / "a.png", np.array([[0, 255, 256, 65535]], np.uint16))
    assert decode_one(path, PictureForm("L", 1, 4)).ravel().tolist() == [0, 0, 1, 255]


def test_the_first_frame_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("L", (4, 4), color) for color in (40, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert np.all(decode_one(tmp_path / "a.gif", PictureForm("L", 4, 4)) == 40)


def test_pictures_come_in_the_order_given_with_their_digests(tmp_path):
    files = [write_picture(tmp_path / f"{color}.png", mode="L", color=color) for color in range(20)]
    x, digests = decode(files, PictureForm("L", 6, 8))
    assert x[:, 0, 0, 0].tolist() == list(range(20))
    assert digests == [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]


def truncated(path):
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(stream, "PNG")
    path.write_bytes(stream.getvalue()[:500])


@pytest.mark.parametrize(
    "damage",
    [
        truncated,
        lambda path: path.touch(),
        lambda path: path.write_text("<html>"),
        lambda path: path.symlink_to("no"),
    ],
    ids=["truncated", "empty", "html", "broken link"],
)
def test_an_unreadable_picture_is_named(tmp_path, damage):
    path = tmp_path / "bad.png"
    damage(path)
    with pytest.raises(DataError, match=r"bad\.png: cannot be read as a picture \("):
        decode_one(path, PictureForm("L", 8, 8))


def test_an_unreadable_header_is_named(tmp_path):
    (tmp_path / "bad.jpg").write_text("<html>")
    with pytest.raises(DataError, match=r"bad\.jpg: cannot be read as a picture \("):
        choose_form([tmp_path / "bad.jpg"], None)


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (50_000, 50_000)])
@pytest.mark.parametrize(
    "read", [lambda path: choose_form([path], None), lambda path: decode_one(path, PictureForm("L", 8, 8))]
)
def test_more_than_100_megapixels_are_refused_before_decoding(tmp_path, width, height, read):
    path = claim_pixels(tmp_path / "bomb.png", width, height)
    with pytest.raises(
        DataError, match=r"bomb\.png: cannot be read as a picture \(.*(more than 100 million|bomb)"
    ):
        read(path)


def test_32_bits_a_pixel_are_refused(tmp_path):
    path = write_array(tmp_path / "a.tiff", np.ones((4, 4), np.float32))
    with pytest.raises(DataError, match=r"a\.tiff: .*\(32 bits a pixel \(mode F\); 8 or 16 were expected\)"):
        decode_one(path, PictureForm("RGB", 4, 4))


def test_a_format_that_is_not_listed_is_not_tried(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "EPS")  # Pillow hands these to another program
    (tmp_path / "a.png").write_bytes(stream.getvalue())
    with pytest.raises(DataError, match=r"a\.png: cannot be read as a picture \(cannot identify"):
        decode_one(tmp_path / "a.png", PictureForm("RGB", 4, 4))
