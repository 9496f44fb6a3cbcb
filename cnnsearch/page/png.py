"""PNG files of overlays and masks, marked as written by this program."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cnnsearch.page.charts import PALETTE

_KEY, _PROGRAM = "Software", "cnnsearch"


def png(pixels: NDArray[Any]) -> bytes:
    """Return the content of a PNG file.

    Args:
        pixels: Colours, `(height, width, 3)`, uint8; or values, `(height, width)`: uint8 are stored as the
            indices of a palette, in which 0 is black, and uint16 as 16 bits of grey.
    """
    picture = Image.fromarray(pixels)
    if pixels.ndim == 2 and pixels.dtype == np.uint8:
        picture.putpalette(_palette())  # changes the mode, not the values
    marked, content = PngInfo(), BytesIO()
    marked.add_text(_KEY, _PROGRAM)
    picture.save(content, format="PNG", pnginfo=marked)
    return content.getvalue()


def is_own(path: Path) -> bool:
    """Return whether a file was made of the content that `png` returns."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            return picture.info.get(_KEY) == _PROGRAM
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


def _palette() -> bytes:
    colours = [bytes.fromhex(PALETTE[number % len(PALETTE)][1:]) for number in range(255)]
    return bytes(3) + b"".join(colours)
