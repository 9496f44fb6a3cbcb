"""Image file -> header, perceptual hash, or pixels in the common form of a dataset.

All exceptions of Pillow on a damaged file are converted to a `PictureError` with a readable reason.
"""

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from cnnsearch.data import plain_jpeg, plain_png
from cnnsearch.data.header import Header
from cnnsearch.data.placement import Placement
from cnnsearch.data.plain_png import PlainPng
from cnnsearch.errors import DataError

MAX_SIDE = 128  # pixels, of the default size
MAX_PIXELS = 100_000_000  # larger images are refused before decoding: 47 KB can decode to 1.2 GB
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # no other formats are tried, whatever the suffix
_DEEP = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})  # 16 bits per value
_DEEP_FORMATS = frozenset({"PNG", "TIFF"})  # those with 16 bits per value
_GREY_MODES = frozenset({"1", "L", "LA"}) | _DEEP
_NO_RANGE = frozenset({"I", "F"})  # 32 bits per value, without a defined white
_SIDEWAYS = frozenset({5, 6, 7, 8})  # EXIF orientations that swap height and width
THUMBNAIL_SIDE = 16  # pixels
_LOOK_SIDE = 256  # pixels; for its hash a larger JPEG is decoded at 1/2, 1/4 or 1/8 of its size
_SMALL = 2**16  # bytes; the header of a larger file is read by Pillow, which does not read all of it
StrPath = str | os.PathLike[str]
_WEB = (b"<!doctype", b"<html", b"<?xml", b"<head")


class PictureError(Exception):
    """A file cannot be used as an image; the message is the reason."""


@dataclass(frozen=True)
class Look:
    """Features for the detection of duplicates.

    Args:
        phash: 64-bit perceptual hash; similar images have a small Hamming distance.
        thumbnail: 16 x 16 grey values in row-major order.
    """

    phash: int
    thumbnail: bytes


@dataclass(frozen=True)
class PictureForm:
    """Mode and size of the decoded images of a dataset.

    Args:
        mode: `L` if every training image is greyscale, else `RGB`.
        height: Height in pixels.
        width: Width in pixels.
        depth: Bits per value; images of 16 bits are greyscale. None, for display: any; 16 bits are rescaled
            to 8 by the smallest and the largest value of the image.
    """

    mode: Literal["L", "RGB"]
    height: int
    width: int
    depth: Literal[8, 16] | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels: uint8, or float32 for 16 bits, which resizing does not round."""
        return np.dtype(np.float32 if self.depth == 16 else np.uint8)

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)`."""
        return self.height, self.width, len(self.mode)


def describe_preprocessing(form: PictureForm) -> str:
    """Return in words how `read_pixels` converts an image of any size to a form."""
    mode = "greyscale" if form.mode == "L" else "RGB"
    values = "all 16 bits of a value kept" if form.depth == 16 else "values 0 to 255"
    return (
        f"rotated by its EXIF tag, {mode} (transparency over white, {values}), scaled bilinearly with its "
        "aspect ratio kept (Pillow's `resize` with `BILINEAR`, which averages when it reduces; a JPEG file "
        "is first decoded at 1/2, 1/4 or 1/8 of its size if that is at least as large), centred on black"
    )


def choose_form(training: Sequence[Header], image_size: tuple[int, int] | None) -> PictureForm:
    """Choose mode, size and depth of the images of a dataset from the headers of the training images only.

    Args:
        training: Headers of the training images; at least one.
        image_size: `(height, width)`; by default the medians of both, at most 128 on the longer side.

    Raises:
        DataError: Height or width is below 1, or some images have 8 and some 16 bits per value.
    """
    if image_size is not None and min(image_size) < 1:
        raise DataError(f"image size: found {image_size}; expected height and width of at least 1.")
    heights, widths = ([header.height for header in training], [header.width for header in training])
    height, width = image_size or _shrink(median(heights), median(widths))
    is_grey = _GREY_MODES.issuperset(header.mode for header in training)
    deep = sum(header.mode in _DEEP for header in training)
    if 0 < deep < len(training):
        raise DataError(
            f"found {deep:,} training images with 16 bits per value and {len(training) - deep:,} with 8; "
            "expected the same in all, because their values differ in scale."
        )
    return PictureForm("L" if is_grey else "RGB", height, width, 16 if deep else 8)


def full_paths(root: Path, paths: Sequence[Path]) -> list[str]:
    """Return the paths of files from their paths relative to a folder, several times as fast as pathlib."""
    prefix = os.path.join(root, "")  # noqa: PTH118
    return [f"{prefix}{path}" for path in paths]


def read_header(path: StrPath) -> Header:
    """Read the header of a file.

    Raises:
        PictureError: The file is not an image, or the image is too large to decode.
    """
    with in_words(path):
        start = _start_of(path)
        if len(start) <= _SMALL and (plain := _plain(start)):
            return plain
        with Image.open(path, formats=_FORMATS) as image:
            return _header(image)


def read_content(path: StrPath) -> bytes:
    """Read the bytes of a file.

    Raises:
        PictureError: The file cannot be read.
    """
    with in_words(path):
        start = _start_of(path)
        return start if len(start) <= _SMALL else Path(path).read_bytes()


def read_pixels(path: StrPath, content: bytes, form: PictureForm) -> NDArray[Any]:
    """Decode the first image of a file.

    It is rotated by its EXIF tag, resized with its aspect ratio, and centred on black.

    Args:
        path: The file, for messages.
        content: The bytes of the file.
        form: Mode, size and depth of the result.

    Returns:
        `(height, width, channels)`, of the type of the form.

    Raises:
        PictureError: The image cannot be decoded, or has another depth.
    """
    with in_words(path):
        if form.depth != 16 and (pixels := _plain_pixels(content, form)) is not None:
            return pixels
    with in_words(path), Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        _header(image)
        _check_depth(image, form)
        side = max(form.height, form.width)
        image.draft(None, (side, side))  # decodes a larger JPEG at 1/2, 1/4 or 1/8 of its size
        upright = _upright(image)
        picture = _with_all_bits(upright) if form.depth == 16 else to_mode(upright, form.mode)
        return _fitted(picture, form)


def _plain(content: bytes) -> Header | None:
    """Return the header of a file that is read without Pillow's parsers; None for all others."""
    plain: Header | None = None
    if content.startswith(plain_jpeg.SIGNATURE):
        plain = plain_jpeg.read_plain(content)
    elif content.startswith(plain_png.SIGNATURE):
        plain = plain_png.read_plain(content)
    return plain if plain and plain.width * plain.height <= MAX_PIXELS else None


def _plain_pixels(content: bytes, form: PictureForm) -> NDArray[np.uint8] | None:
    """Return the pixels of a plain file; None for all others."""
    plain = _plain(content)
    if (
        plain
        and plain.format == "JPEG"
        and (plain.height, plain.width) == (form.height, form.width)
        and plain.mode in ("L", form.mode)
    ):
        return plain_jpeg.decode(content, plain, form.mode, (form.height, form.width))  # there is no scaling
    image = plain and _plain_image(content, plain, max(form.height, form.width))
    return _fitted(to_mode(image, form.mode), form) if image else None


def _plain_image(content: bytes, plain: Header, side: int) -> Image.Image | None:
    """Decode a plain file, a larger JPEG at 1/2, 1/4 or 1/8 of its size; None if only Pillow can."""
    if isinstance(plain, PlainPng):
        return plain_png.decode(content, plain)
    pixels = plain_jpeg.decode(content, plain, plain.mode, (side, side))
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    return Image.frombuffer(plain.mode, (width, height), pixels, "raw", plain.mode, 0, 1)


def _fitted(image: Image.Image, form: PictureForm) -> NDArray[Any]:
    return np.asarray(_fit(image, form)).reshape(form.shape)


def _start_of(path: StrPath) -> bytes:
    """Return the first `_SMALL` bytes of a file and one more, which tells whether it is larger.

    Unbuffered, because opening and reading take longer than decoding an icon.
    """
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        start = b""
        while more := os.read(file, _SMALL + 1 - len(start)):  # some file systems give less than is asked for
            start += more
        return start
    finally:
        os.close(file)


def read_look(path: StrPath, content: bytes) -> Look:
    """Return the perceptual hash and thumbnail of the first image of a file, after EXIF orientation.

    Raises:
        PictureError: The image cannot be decoded.
    """
    import imagehash  # imports scipy, which only the checks need

    with in_words(path), Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        _header(image)
        image.draft(None, (_LOOK_SIDE, _LOOK_SIDE))
        grey = to_mode(_upright(image), "L")
        bits = np.packbits(imagehash.phash(grey).hash)
        small = grey.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
        return Look(int.from_bytes(bits.tobytes(), "big"), small.tobytes())


@contextmanager
def hushed() -> Iterator[None]:
    """Suppress Pillow's warnings; enter it outside of threads, because the filters are global."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def to_mode(image: Image.Image, mode: str) -> Image.Image:
    """Convert an image to `L` or `RGB`: transparency over white, 16 bits rescaled to 8 by its own extremes.

    Raises:
        PictureError: The image has 32 bits per value.
    """
    if _depth(image) == 16:
        image = _stretched(image)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image if image.mode == mode else image.convert(mode)


def _stretched(image: Image.Image) -> Image.Image:
    values = np.asarray(image, np.float32)
    low, high = values.min(), values.max()
    return Image.fromarray(np.rint((values - low) * (255 / ((high - low) or 1))).astype(np.uint8))


def _with_all_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image, np.float32))


def _depth(image: Image.Image) -> int:
    if image.mode in _NO_RANGE:
        raise PictureError(f"32 bits per value (mode {image.mode}); save it with 8 or 16 bits")
    return 16 if image.mode in _DEEP else 8


def _check_depth(image: Image.Image, form: PictureForm) -> None:
    depth = _depth(image)
    if form.depth not in (None, depth):
        raise PictureError(f"{depth} bits per value; expected {form.depth}, as in the training images")


class in_words:  # noqa: N801  # used as a function
    """Convert errors of reading a file to a `PictureError`; a generator would take longer than the header."""

    def __init__(self, path: StrPath) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, PictureError):
            raise PictureError(_reason(self._path, error)) from error  # a decoder can raise anything


def _reason(path: StrPath, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return (error.strerror or str(error)).lower()
    start = Path(path).read_bytes()[:512].lstrip().lower() if Path(path).is_file() else b""
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {MAX_PIXELS // 10**6} million pixels"
    if not start:
        return "empty"
    if start.startswith(_WEB):
        return "a web page with the suffix of an image"
    if isinstance(error, UnidentifiedImageError):
        return f"not an image in one of the formats {', '.join(_FORMATS)}"
    return str(error) or type(error).__name__


def _header(image: ImageFile.ImageFile) -> Header:
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(f"{image.width} x {image.height} pixels, more than {MAX_PIXELS // 10**6} million")
    if image.mode not in _DEEP and image.format in _DEEP_FORMATS and ";16" in str(image.tile):
        raise PictureError(
            f"16 bits per value in {len(image.getbands())} channels; expected 8 bits, or 16 in one channel"
        )
    width, height = reversed(image.size) if _orientation(image) in _SIDEWAYS else image.size
    return Header(width, height, image.mode, image.format or "")


def _upright(image: Image.Image) -> Image.Image:
    if image.format != "PNG" and _orientation(image) == 1:
        return image  # in a PNG the tag may follow the pixels, where only `exif_transpose` reads it
    return ImageOps.exif_transpose(image)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation that Pillow has not applied."""
    if image.format == "TIFF":
        return 1  # Pillow applies it and reports the upright size
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # `getexif` would decode the image
    orientation: int = image.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation


def _shrink(height: float, width: float) -> tuple[int, int]:
    scale = min(1.0, MAX_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _fit(image: Image.Image, form: PictureForm) -> Image.Image:
    if image.size == (form.width, form.height):
        return image
    return placed(image, form, Image.Resampling.BILINEAR)  # antialiased when downscaling


def placed(
    image: Image.Image, form: PictureForm, resampling: Image.Resampling, around: int | None = None
) -> Image.Image:
    """Return an image scaled to the size of a form with its aspect ratio, and centred.

    Args:
        image: The image, upright.
        form: Its height and width are used.
        resampling: How to scale.
        around: The value of what the image does not cover; by default black.
    """
    left, top, width, height = Placement.of((image.height, image.width), (form.height, form.width))
    resized = image if image.size == (width, height) else image.resize((width, height), resampling)
    if resized.size == (form.width, form.height):
        return resized
    canvas = Image.new(resized.mode, (form.width, form.height), around or 0)
    canvas.paste(resized, (left, top))
    return canvas
