"""One picture file becomes its header, its perceptual hash, or pixels in a form that all share.

What Pillow raises on a damaged file comes out as one `PictureError` that says in words what is wrong.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from cnnsearch.errors import DataError

MAX_SIDE = 128  # pixels, of a size that nobody asked for
MAX_PIXELS = 100_000_000  # above it a picture is refused before it is decoded: 47 KB can hold 1.2 GB
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # whatever a file is called, no others are tried
_DEEP = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})  # 16 bits a value, of which the high 8 are kept
_GREY_MODES = frozenset({"1", "L", "LA"}) | _DEEP
_NO_RANGE = frozenset({"I", "F"})  # 32 bits a value, and no rule for which of them is white
_SIDEWAYS = frozenset({5, 6, 7, 8})  # EXIF orientations that swap height and width
THUMBNAIL_SIDE = 16  # pixels
_LOOK_SIDE = 256  # pixels; a JPEG far larger is decoded at a half, a quarter or an eighth for its hash
_JPEG, _EXIF, _EXIF_WITHIN = b"\xff\xd8", b"Exif\0\0", 2**16
_JPEG_COLOURS = ("Gray", "YCbCr")
_WEB = (b"<!doctype", b"<html", b"<?xml", b"<head")


class PictureError(Exception):
    """A file cannot be used as a picture; the message says why, in words."""


@dataclass(frozen=True)
class Header:
    """What a file says of its picture before anything is decoded; the size is that of the upright picture."""

    width: int
    height: int
    mode: str
    format: str


@dataclass(frozen=True)
class Look:
    """What duplicates are found by.

    Args:
        phash: The 64-bit perceptual hash, near for pictures that look alike.
        thumbnail: 16 x 16 grey values, row by row.
    """

    phash: int
    thumbnail: bytes


@dataclass(frozen=True)
class PictureForm:
    """What all pictures are brought to.

    Args:
        mode: `L` where every training picture is greyscale, else `RGB`. Transparency is laid over white.
        height: Pixels.
        width: Pixels.
    """

    mode: Literal["L", "RGB"]
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)`."""
        return self.height, self.width, len(self.mode)


def choose_form(training: Sequence[Header], image_size: tuple[int, int] | None) -> PictureForm:
    """Chooses mode and size over the training pictures' headers, so that no other picture has a say.

    Args:
        training: The training pictures' headers; at least one.
        image_size: `(height, width)`; by default the medians of both, at most 128 on the longer side.

    Raises:
        DataError: The size is impossible.
    """
    if image_size is not None and min(image_size) < 1:
        raise DataError(f"image size {image_size}: height and width of at least 1 were expected.")
    heights, widths = ([header.height for header in training], [header.width for header in training])
    height, width = image_size or _shrink(median(heights), median(widths))
    is_grey = _GREY_MODES.issuperset(header.mode for header in training)
    return PictureForm("L" if is_grey else "RGB", height, width)


def read_header(path: Path) -> Header:
    """Reads a file's header.

    Raises:
        PictureError: The file is no picture, or one that is too large to decode.
    """
    with _in_words(path), Image.open(path, formats=_FORMATS) as image:
        return _header(image)


def read_content(path: Path) -> bytes:
    """Reads a file's bytes.

    Raises:
        PictureError: The file cannot be read.
    """
    with _in_words(path):
        return path.read_bytes()


def read_pixels(path: Path, content: bytes, form: PictureForm) -> NDArray[np.uint8]:
    """Decodes a file's first picture.

    It is turned upright as its EXIF tag says, scaled with its aspect kept, and centred on black.

    Args:
        path: Where the content is from, for the message.
        content: The file's bytes.
        form: What the picture is brought to.

    Returns:
        `(height, width, channels)`.

    Raises:
        PictureError: The picture cannot be decoded.
    """
    if (pixels := _plain_jpeg(content, form)) is not None:
        return pixels
    with _in_words(path), Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        _header(image)
        side = max(form.height, form.width)
        image.draft(None, (side, side))  # a far larger JPEG is decoded at a half, a quarter or an eighth
        picture = to_mode(_upright(image), form.mode)
        return np.asarray(_fit(picture, form)).reshape(form.shape)


def _plain_jpeg(content: bytes, form: PictureForm) -> NDArray[np.uint8] | None:
    """The pixels of a JPEG that has the form's size and is upright; None for all others, and where anything
    is wrong with it.

    libjpeg-turbo decodes it as it does within Pillow, to the same pixels, without what Pillow spends on each
    file: with pictures as small as icons that is nine tenths of the time.
    """
    if not content.startswith(_JPEG) or _EXIF in content[:_EXIF_WITHIN]:
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if (height, width) != (form.height, form.width) or colours not in _JPEG_COLOURS:
            return None
        pixels = simplejpeg.decode_jpeg(content, "GRAY" if form.mode == "L" else "RGB")
    except ValueError:
        return None  # Pillow reads it, or says what is wrong
    return np.asarray(pixels).reshape(form.shape)


def read_look(path: Path, content: bytes) -> Look:
    """What a file's first picture, upright, is like.

    Raises:
        PictureError: The picture cannot be decoded.
    """
    import imagehash  # brings scipy, which only the checks need

    with _in_words(path), Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        _header(image)
        image.draft(None, (_LOOK_SIDE, _LOOK_SIDE))
        grey = to_mode(_upright(image), "L")
        bits = np.packbits(imagehash.phash(grey).hash)
        small = grey.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
        return Look(int.from_bytes(bits.tobytes(), "big"), small.tobytes())


@contextmanager
def hushed() -> Iterator[None]:
    """Hushes Pillow's warnings; around the threads, since the filters belong to the whole process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


@contextmanager
def decoding_threads() -> Iterator[ThreadPoolExecutor]:
    """Threads for Pillow, which decodes without the interpreter's lock; at the end the rest is dropped."""
    pool = ThreadPoolExecutor()
    with hushed():
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def to_mode(image: Image.Image, mode: str) -> Image.Image:
    """A picture of any mode as `L` or `RGB`: transparency over white, of 16 bits the high 8.

    Raises:
        PictureError: There are 32 bits a value.
    """
    if image.mode in _NO_RANGE:
        raise PictureError(f"32 bits a value (mode {image.mode}); save it with 8 or 16")
    if image.mode in _DEEP:
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))  # Pillow would clip at 255
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert(mode)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except PictureError:
        raise
    except Exception as error:  # a damaged file can raise anything inside a decoder
        raise PictureError(_reason(path, error)) from error


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno:
        return (error.strerror or str(error)).lower()
    start = path.read_bytes()[:512].lstrip().lower() if path.is_file() else b""
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {MAX_PIXELS // 10**6} million pixels"
    if not start:
        return "empty"
    if start.startswith(_WEB):
        return "a web page, saved under a picture's name"
    if isinstance(error, UnidentifiedImageError):
        return f"no picture in one of the formats {', '.join(_FORMATS)}"
    return str(error) or type(error).__name__


def _header(image: Image.Image) -> Header:
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(f"{image.width} x {image.height} pixels, more than {MAX_PIXELS // 10**6} million")
    width, height = reversed(image.size) if _orientation(image) in _SIDEWAYS else image.size
    return Header(width, height, image.mode, image.format or "")


def _upright(image: Image.Image) -> Image.Image:
    if image.format != "PNG" and _orientation(image) == 1:
        return image  # of a PNG the tag may stand behind the pixels, where only Pillow's own function looks
    return ImageOps.exif_transpose(image)


def _orientation(image: Image.Image) -> int:
    """The orientation that remains to be undone."""
    if image.format == "TIFF":
        return 1  # Pillow tells the size of the upright picture, and turns it itself
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # asking further would decode the whole picture
    orientation: int = image.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation


def _shrink(height: float, width: float) -> tuple[int, int]:
    scale = min(1.0, MAX_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _fit(image: Image.Image, form: PictureForm) -> Image.Image:
    scale = min(form.width / image.width, form.height / image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    resized = image.resize((width, height), Image.Resampling.BILINEAR)  # over all pixels that fall together
    if resized.size == (form.width, form.height):
        return resized
    canvas = Image.new(form.mode, (form.width, form.height))
    canvas.paste(resized, ((form.width - width) // 2, (form.height - height) // 2))
    return canvas
