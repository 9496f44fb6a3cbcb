import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from cnnsearch.data.pictures import (
    PictureError,
    PictureForm,
    choose_form,
    describe_preprocessing,
    hushed,
    read_content,
    read_header,
    read_look,
    read_pixels,
)
from cnnsearch.errors import DataError
from tests.data.helpers import write_picture

SIDEWAYS = Image.Exif()
SIDEWAYS[0x0112] = 6  # orientation: turn by 90 degrees to see it upright


def write_array(path, array):
    Image.fromarray(np.asarray(array)).save(path)
    return path


def decode_one(path, form):
    return read_pixels(path, read_content(path), form)


def form_of(paths, image_size=None):
    return choose_form([read_header(path) for path in paths], image_size)


def claim_pixels(path, width, height, depth=8, colour_type=0):
    """A tiny PNG whose header claims any size and type."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_greyscale_training_pictures_give_one_channel(tmp_path, mode):
    assert form_of([write_picture(tmp_path / "a.png", mode=mode, color=None)]).mode == "L"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_one_picture_of_another_mode_gives_three_channels(tmp_path, mode):
    files = [
        write_picture(tmp_path / "a.png", mode="L"),
        write_picture(tmp_path / "b.png", mode=mode, color=None),
    ]
    assert form_of(files).mode == "RGB"


def test_the_size_is_the_medians_of_heights_and_widths(tmp_path):
    sizes = [(10, 60), (20, 40), (90, 50)]
    files = [write_picture(tmp_path / f"{width}.png", size=(width, height)) for width, height in sizes]
    assert form_of(files).shape == (50, 20, 3)


def test_a_median_above_128_is_brought_down_with_its_aspect(tmp_path):
    assert form_of([write_picture(tmp_path / "a.png", size=(512, 256))]).shape == (64, 128, 3)


def test_a_size_that_was_asked_for_is_taken(tmp_path):
    assert form_of([write_picture(tmp_path / "a.png")], (200, 300)).shape == (200, 300, 3)


def test_an_impossible_size_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"^image size: found \(0, 8\); expected height and width of at least 1\.$"
    ):
        form_of([write_picture(tmp_path / "a.png")], (0, 8))


def test_the_size_is_that_of_the_upright_picture(tmp_path):
    path = write_picture(tmp_path / "a.jpg", size=(30, 20), exif=SIDEWAYS)
    assert form_of([path]).shape == (30, 20, 3)


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


DEEP = np.array([[0, 255, 256, 900]], np.uint16)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_all_bits_of_deep_greyscale_are_kept(tmp_path, suffix):
    path = write_array(tmp_path / f"a.{suffix}", DEEP)
    form = form_of([path], (1, 4))
    assert (form.depth, form.dtype) == (16, np.float32)
    assert decode_one(path, form).ravel().tolist() == DEEP.ravel().tolist()


def test_deep_greyscale_is_rescaled_for_display(tmp_path):
    path = write_array(tmp_path / "a.png", DEEP)
    assert decode_one(path, PictureForm("L", 1, 4)).ravel().tolist() == [0, 72, 73, 255]


def test_images_of_two_depths_are_refused(tmp_path):
    paths = [write_array(tmp_path / "a.png", DEEP), write_picture(tmp_path / "b.png", mode="L")]
    with pytest.raises(DataError, match="found 1 training images with 16 bits per value and 1 with 8"):
        form_of(paths)


@pytest.mark.parametrize(("depth", "found"), [(8, 16), (16, 8)])
def test_an_image_of_another_depth_cannot_be_used(tmp_path, depth, found):
    array = DEEP if found == 16 else DEEP.astype(np.uint8)
    with pytest.raises(PictureError, match=f"{found} bits per value; expected {depth}, as in the training"):
        decode_one(write_array(tmp_path / "a.png", array), PictureForm("L", 1, 4, depth))


def test_deep_colour_cannot_be_used(tmp_path):
    claim_pixels(tmp_path / "a.png", 4, 4, depth=16, colour_type=2)
    with pytest.raises(PictureError, match=r"16 bits per value in 3 channels; expected 8 bits, or 16 in one"):
        read_header(tmp_path / "a.png")


def follow_the_card(path, height, width):
    """The steps that `describe_preprocessing` names, without the code that it describes."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    scale = min(height / image.height, width / image.width)
    size = round(image.width * scale), round(image.height * scale)
    canvas = Image.new("RGB", (width, height))
    canvas.paste(
        image.resize(size, Image.Resampling.BILINEAR), ((width - size[0]) // 2, (height - size[1]) // 2)
    )
    return np.asarray(canvas)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_following_the_description_gives_the_same_pixels(tmp_path, mode):
    form = PictureForm("RGB", 16, 12, 8)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 23, len(mode)), dtype=np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(pixels).save(path, exif=SIDEWAYS)
    text = describe_preprocessing(form)
    assert all(word in text for word in ("EXIF", "RGB", "over white", "BILINEAR", "centred on black"))
    assert np.array_equal(decode_one(path, form), follow_the_card(path, 16, 12))


def test_the_first_frame_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("L", (4, 4), color) for color in (40, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert np.all(decode_one(tmp_path / "a.gif", PictureForm("L", 4, 4)) == 40)


def noise(size=64):
    return Image.effect_noise((size, size), 50).convert("RGB")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "bmp", "tiff"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_reported(tmp_path, suffix, share):
    path = tmp_path / f"bad.{suffix}"
    noise().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(PictureError):
        decode_one(path, PictureForm("RGB", 8, 8))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.touch(), "^empty$"),
        (
            lambda path: path.write_text("\n<!DOCTYPE html><html>"),
            "^a web page with the suffix of an image$",
        ),
        (
            lambda path: path.write_text("something else"),
            "^not an image in one of the formats PNG, JPEG",
        ),
        (lambda path: path.symlink_to("no"), "^no such file or directory$"),
        (lambda path: path.mkdir(), "^is a directory$"),
    ],
    ids=["empty", "html", "text", "broken link", "folder"],
)
def test_faults_are_described(tmp_path, damage, reason):
    damage(tmp_path / "bad.png")
    with pytest.raises(PictureError, match=reason):
        read_header(tmp_path / "bad.png")


def test_a_suffix_may_be_another_format_s(tmp_path):
    noise().save(tmp_path / "a.jpg", "PNG")
    assert read_header(tmp_path / "a.jpg").format == "PNG"


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (50_000, 50_000)])
@pytest.mark.parametrize("read", [read_header, lambda path: decode_one(path, PictureForm("L", 8, 8))])
def test_more_than_100_megapixels_are_refused_before_decoding(tmp_path, width, height, read):
    path = claim_pixels(tmp_path / "bomb.png", width, height)
    with hushed(), pytest.raises(PictureError, match="more than 100 million"):
        read(path)


ORIENTED = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8) * 5
STORED_AS = {  # how an upright picture is stored under each orientation of EXIF
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: np.transpose,
    6: np.rot90,
    7: lambda upright: np.rot90(upright, 2).T,
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("suffix", ["png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_every_orientation_gives_the_same_pixels(tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED_AS[orientation](ORIENTED)))
    options = {"lossless": True} if suffix == "webp" else {}
    stored.convert("RGB").save(tmp_path / f"a.{suffix}", exif=exif, **options)
    pixels = decode_one(tmp_path / f"a.{suffix}", PictureForm("RGB", 6, 8))
    assert np.array_equal(pixels[:, :, 0], ORIENTED)
    assert (read_header(tmp_path / f"a.{suffix}").height, pixels.shape[0]) == (6, 6)


@pytest.mark.parametrize(
    ("mode", "color", "suffix", "expected"),
    [
        ("1", 1, "png", (255, 255, 255)),
        ("L", 77, "png", (77, 77, 77)),
        ("LA", (77, 255), "png", (77, 77, 77)),
        ("P", 0, "gif", (0, 0, 0)),
        ("RGB", (1, 2, 3), "webp", (1, 2, 3)),
        ("RGBA", (0, 100, 200, 128), "png", (127, 177, 227)),
        ("CMYK", (255, 0, 0, 0), "jpg", (0, 255, 255)),
        ("CMYK", (0, 255, 255, 0), "tiff", (255, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb_by_rule(tmp_path, mode, color, suffix, expected):
    options = {"lossless": True} if suffix == "webp" else {}
    path = write_picture(tmp_path / f"a.{suffix}", mode=mode, color=color, **options)
    assert np.allclose(decode_one(path, PictureForm("RGB", 6, 8)), expected, atol=1)


def test_palettes_are_looked_up(tmp_path):
    image = Image.new("RGB", (8, 6), (200, 30, 40)).quantize(4)
    image.save(tmp_path / "a.png")
    assert np.allclose(decode_one(tmp_path / "a.png", PictureForm("RGB", 6, 8)), (200, 30, 40), atol=1)


def test_a_look_is_near_for_a_picture_saved_again(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(colours).resize((256, 256))
    image.save(tmp_path / "a.png")
    image.resize((100, 100)).save(tmp_path / "b.jpg")
    one, two = (read_look(path, path.read_bytes()) for path in (tmp_path / "a.png", tmp_path / "b.jpg"))
    assert (one.phash ^ two.phash).bit_count() <= 4
    assert np.allclose(*(np.frombuffer(look.thumbnail, np.uint8) for look in (one, two)), atol=12)


def test_a_look_is_that_of_the_upright_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.linear_gradient("L")
    image.save(tmp_path / "a.png")
    image.rotate(90).save(tmp_path / "b.png", exif=exif)
    one, two = (read_look(path, path.read_bytes()) for path in (tmp_path / "a.png", tmp_path / "b.png"))
    assert one == two


@pytest.mark.parametrize("depth", [None, 8, 16])
def test_32_bits_a_pixel_are_refused(tmp_path, depth):
    path = write_array(tmp_path / "a.tiff", np.ones((4, 4), np.float32))
    with pytest.raises(PictureError, match=r"^32 bits per value \(mode F\); save it with 8 or 16 bits$"):
        decode_one(path, PictureForm("L", 4, 4, depth))


def test_a_format_that_is_not_listed_is_not_tried(tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "EPS")  # Pillow hands these to another program
    (tmp_path / "a.png").write_bytes(stream.getvalue())
    with pytest.raises(PictureError, match="not an image in one of the formats"):
        decode_one(tmp_path / "a.png", PictureForm("RGB", 4, 4))


def photo(size=(24, 40), mode="RGB"):
    """A smooth picture with colours, as JPEG likes them."""
    draws = np.random.default_rng(0)
    small = Image.fromarray(draws.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return small.resize(size[::-1], Image.Resampling.BICUBIC).convert(mode)


def by_pillow(path, mode):
    with Image.open(path) as image:
        return np.asarray(image.convert(mode)).reshape(image.height, image.width, -1)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize(("saved", "mode"), [("RGB", "RGB"), ("L", "L"), ("L", "RGB")])
def test_a_jpeg_that_needs_no_scaling_has_the_pixels_that_pillow_gives(tmp_path, saved, mode, subsampling):
    path = tmp_path / "a.jpg"
    photo(mode=saved).save(path, quality=80, subsampling=subsampling)

    found = decode_one(path, PictureForm(mode, 24, 40))
    np.testing.assert_array_equal(found, by_pillow(path, mode))


@pytest.mark.parametrize("saved", ["CMYK", "RGB"])
def test_a_jpeg_in_colours_for_a_grey_form_or_of_a_printer_is_read_too(tmp_path, saved):
    path = tmp_path / "a.jpg"
    photo(mode=saved).save(path)

    found = decode_one(path, PictureForm("RGB", 24, 40))
    np.testing.assert_array_equal(found, by_pillow(path, "RGB"))


def test_a_jpeg_that_is_to_be_turned_is_turned(tmp_path):
    path = tmp_path / "a.jpg"
    photo().save(path, exif=SIDEWAYS)

    found = decode_one(path, PictureForm("RGB", 40, 24))
    np.testing.assert_array_equal(found, np.rot90(by_pillow(path, "RGB"), -1))


def test_a_jpeg_that_is_cut_short_is_refused_in_words(tmp_path):
    path = tmp_path / "a.jpg"
    photo().save(path)
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(PictureError, match="truncated"):
        decode_one(path, PictureForm("RGB", 24, 40))
