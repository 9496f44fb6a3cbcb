"""JPEG files that libjpeg-turbo decodes without Pillow, to the pixels that it gives within Pillow.

Pillow's overhead per file is nine tenths of the time of a small one. It reads all other JPEG files: those
with metadata that may rotate the image or hold a second one, CMYK, rare chroma subsampling, damaged ones.
"""

from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from cnnsearch.data.header import Header

SIGNATURE = b"\xff\xd8\xff"
_EXIF, _ORIENTATION, _IMAGES = b"Exif\0\0", b"Orientation", b"MPF\0"  # the second in XMP
_MODES = {"Gray": "L", "YCbCr": "RGB"}  # Pillow's
_SUBSAMPLING = frozenset({"Gray", "444", "422", "420"})
_SCALES = (8, 4, 2)  # Pillow's; libjpeg-turbo has others too, such as 3/8
_LEAST_SIDE = 16  # pixels; of a smaller side two of its scales can give the same number of pixels


def read_plain(content: bytes) -> Header | None:
    """Return the header of a plain JPEG file; None for other or damaged ones, which Pillow reads.

    Args:
        content: The bytes of the file; for its header, those before the pixels are enough.
    """
    if _EXIF in content or _ORIENTATION in content or _IMAGES in content:
        return None
    try:
        height, width, colours, subsampling = simplejpeg.decode_jpeg_header(content)
    except ValueError:
        return None
    if colours not in _MODES or subsampling not in _SUBSAMPLING:
        return None
    return Header(width, height, _MODES[colours], "JPEG")


def decode(content: bytes, plain: Header, mode: str, least: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Decode a plain JPEG file at 1/8, 1/4, 1/2 or all of its size; None if only Pillow can.

    Args:
        content: The bytes of the file.
        plain: The header of the file.
        mode: `L` or `RGB`; an `RGB` file is only decoded as such.
        least: `(height, width)`; the smallest size with no side below it is taken, as by Pillow's `draft`.

    Returns:
        `(height, width, channels)`.
    """
    fitting = min(plain.height // least[0], plain.width // least[1])
    scale = next((scale for scale in _SCALES if scale <= fitting), 1)
    reduced: dict[str, Any] = {}
    if scale > 1:
        if min(plain.height, plain.width) < _LEAST_SIDE:
            return None
        reduced = {"min_height": -(-plain.height // scale), "min_width": -(-plain.width // scale)}
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
            content, "GRAY" if mode == "L" else "RGB", **reduced
        )
    except ValueError:
        return None
    return pixels
