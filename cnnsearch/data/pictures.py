"""Picture files become one uint8 array, in a form chosen over the training pictures alone."""

import hashlib
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
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from cnnsearch.errors import DataError

MAX_SIDE = 128  # pixels, of a size that nobody asked for
MAX_PIXELS = 100_000_000  # above it a picture is refused before it is decoded: 47 KB can hold 1.2 GB
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # whatever a file is called, no others are tried
_DEEP = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})  # 16 bits a value, of which the high 8 are kept
_GREY_MODES = frozenset({"1", "L", "LA"}) | _DEEP
_NO_RANGE = frozenset({"I", "F"})  # 32 bits a value, and no rule for which of them is white
_SIDEWAYS = frozenset({5, 6, 7, 8})  # EXIF orientations that swap height and width


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


def choose_form(training: Sequence[Path], image_size: tuple[int, int] | None) -> PictureForm:
    """Chooses mode and size over the training pictures' headers, so that no other picture has a say.

    Args:
        training: The training pictures; at least one.
        image_size: `(height, width)`; by default the medians of both, at most 128 on the longer side.

    Raises:
        DataError: A picture cannot be read or is too large; it is named.
    """
    if image_size is not None and min(image_size) < 1:
        raise DataError(f"image size {image_size}: height and width of at least 1 were expected.")
    with _quiet():
        modes, heights, widths = zip(*map(_read_header, training), strict=True)
    height, width = image_size or _shrink(median(heights), median(widths))
    return PictureForm("L" if _GREY_MODES.issuperset(modes) else "RGB", height, width)


def decode(files: Sequence[Path], form: PictureForm) -> tuple[NDArray[np.uint8], list[str]]:
    """Decodes pictures into one array, in the order given.

    A picture is turned upright as its EXIF tag says, scaled with its aspect kept, and centred on black.

    Returns:
        The array `(pictures, height, width, channels)`, and the SHA-256 of each file's bytes.

    Raises:
        DataError: A picture cannot be read or is too large; it is named.
    """
    x = np.empty((len(files), *form.shape), np.uint8)

    def fill(index: int) -> str:
        with _naming(files[index]):
            content = files[index].read_bytes()
            x[index] = _read_pixels(content, form)
            return hashlib.sha256(content).hexdigest()

    with _quiet(), ThreadPoolExecutor() as pool:  # Pillow decodes without the interpreter's lock
        return x, list(pool.map(fill, range(len(files))))


@contextmanager
def _quiet() -> Iterator[None]:
    """Hushes Pillow's warnings; around the threads, since the filters belong to the whole process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a damaged file can raise anything inside a decoder
        raise DataError(f"{path}: cannot be read as a picture ({error}).") from error


def _read_header(path: Path) -> tuple[str, int, int]:
    with _naming(path), Image.open(path, formats=_FORMATS) as image:
        _check_pixels(image)
        sideways = _orientation(image) in _SIDEWAYS
        width, height = reversed(image.size) if sideways else image.size
        return image.mode, height, width


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise DataError(f"{image.width} x {image.height} pixels, more than {MAX_PIXELS // 10**6} million")


def _orientation(image: Image.Image) -> int:
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # asking further would decode the whole picture
    orientation: int = image.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation


def _shrink(height: float, width: float) -> tuple[int, int]:
    scale = min(1.0, MAX_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _read_pixels(content: bytes, form: PictureForm) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        _check_pixels(image)
        side = max(form.height, form.width)
        image.draft(None, (side, side))  # a far larger JPEG is decoded at a half, a quarter or an eighth
        picture = _to_mode(ImageOps.exif_transpose(image), form.mode)
        return np.asarray(_fit(picture, form)).reshape(form.shape)


def _to_mode(image: Image.Image, mode: str) -> Image.Image:
    if image.mode in _NO_RANGE:
        raise DataError(f"32 bits a pixel (mode {image.mode}); 8 or 16 were expected")
    if image.mode in _DEEP:
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))  # Pillow would clip at 255
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert(mode)


def _fit(image: Image.Image, form: PictureForm) -> Image.Image:
    scale = min(form.width / image.width, form.height / image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    canvas = Image.new(form.mode, (form.width, form.height))
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    canvas.paste(resized, ((form.width - width) // 2, (form.height - height) // 2))
    return canvas
