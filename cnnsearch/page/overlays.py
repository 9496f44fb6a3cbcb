"""Targets and predictions drawn on an example: boxes, points, instances and regions.

Coordinates are pixels of the example, x to the right and y down; pixel i covers [i, i + 1). Every function
returns an RGB image, `(height, width, 3)`, uint8, in which small examples are enlarged by a whole number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cnnsearch.page import pictures
from cnnsearch.page.charts import PALETTE

LEAST = 320
"""The smallest longer side of an overlay, in pixels."""
SHOWN = 480
"""The longer side, in pixels, above which a page shows an overlay scaled down."""
MOST_NAMED = 12
"""The largest number of points drawn with their names; more have the numbers of their names, from 1."""
_WEIGHT = 0.45  # of the colour of a region
_COLOURS = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in PALETTE], np.uint8)

Pixels = NDArray[np.uint8]
Ends = tuple[float, float]
"""The values of black and white."""
Colour = tuple[int, int, int]


def boxes(
    values: NDArray[Any],
    corners: NDArray[np.floating],
    classes: NDArray[np.integer],
    texts: Sequence[str],
    ends: Ends,
) -> Pixels:
    """Return an example with boxes, the first one on top.

    Args:
        values: The example, `(height, width, channels)`.
        corners: x0, y0, x1 and y1 of each box, `(boxes, 4)`.
        classes: The class of each box, which determines the colour, `(boxes,)`.
        texts: The text of each box.
        ends: The values of black and white.
    """
    canvas = _Canvas.of(values, ends)
    rows = zip((corners * canvas.factor).tolist(), classes.tolist(), texts, strict=True)
    for (x0, y0, x1, y1), kind, text in reversed(list(rows)):
        canvas.box((x0, y0, x1, y1), colour_of(kind), text)
    return canvas.pixels


def points(
    values: NDArray[Any],
    places: NDArray[np.floating],
    is_shown: NDArray[np.bool_],
    is_hidden: NDArray[np.bool_],
    names: Sequence[str],
    ends: Ends,
) -> Pixels:
    """Return an example with the points of instances as dots; those of hidden points are hollow.

    Args:
        values: The example, `(height, width, channels)`.
        places: x and y of each point, `(instances, points, 2)`.
        is_shown: Whether to draw it, `(instances, points)`.
        is_hidden: Whether it is hidden, `(instances, points)`.
        names: The names of the points.
        ends: The values of black and white.
    """
    canvas = _Canvas.of(values, ends)
    has_names = np.count_nonzero(is_shown) <= MOST_NAMED
    for instance, point in np.argwhere(is_shown).tolist():
        x, y = (places[instance, point] * canvas.factor).tolist()
        text = names[point] if has_names else str(point + 1)
        canvas.dot((x, y), colour_of(point), text, is_hollow=bool(is_hidden[instance, point]))
    return canvas.pixels


def instances(values: NDArray[Any], numbers: NDArray[np.integer], ends: Ends) -> Pixels:
    """Return an example in grey, with each instance in a colour and with an outline.

    Args:
        values: The example, `(height, width, channels)`.
        numbers: The number of the instance at each position, `(height, width)`; 0: none.
        ends: The values of black and white.
    """
    pixels = regions(values, numbers, ends)
    larger = _enlarged(numbers)
    is_outline = _outlines(larger, min(4, _line_width(pixels.shape)))
    pixels[is_outline] = _COLOURS[(larger[is_outline].astype(np.int64) - 1) % len(_COLOURS)]
    return pixels


def regions(values: NDArray[Any], classes: NDArray[np.integer], ends: Ends) -> Pixels:
    """Return an example in grey, with each class but the first in a colour.

    Args:
        values: The example, `(height, width, channels)`.
        classes: The class of each position, `(height, width)`.
        ends: The values of black and white.
    """
    grey = pictures.scaled(values.astype(np.float32), *ends).mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    shown = classes > 0
    tints = _COLOURS[(classes[shown].astype(np.int64) - 1) % len(_COLOURS)] / 255
    grey[shown] = (1 - _WEIGHT) * grey[shown] + _WEIGHT * tints
    return _enlarged(np.rint(grey * 255).astype(np.uint8))


def plain(values: NDArray[Any], ends: Ends) -> Pixels:
    """Return an example with nothing on it, in the size of the overlays."""
    return _Canvas.of(values, ends).pixels


def address(pixels: Pixels) -> str:
    """Return an overlay as a `data:` URL for a page."""
    return pictures.address(pixels, SHOWN)


def colour_of(number: int) -> Colour:
    """Return the colour of a class or a point; there are six, in turn."""
    red, green, blue = _COLOURS[number % len(_COLOURS)].tolist()
    return red, green, blue


@dataclass(frozen=True, eq=False)
class _Canvas:
    """An enlarged example to draw on.

    Attributes:
        picture: The image, RGB.
        factor: The number of its pixels along each pixel of the example.
    """

    picture: Image.Image
    factor: int

    @classmethod
    def of(cls, values: NDArray[Any], ends: Ends) -> "_Canvas":
        pixels = pictures.colour_pixels(pictures.scaled(values.astype(np.float32), *ends))
        return cls(Image.fromarray(_enlarged(pixels)).convert("RGB"), _factor(pixels.shape))

    @property
    def pixels(self) -> Pixels:
        """A copy of the pixels."""
        return np.array(self.picture, np.uint8)

    def box(self, corners: tuple[float, float, float, float], colour: Colour, text: str) -> None:
        """Draw a box, with a text above its upper left corner, or inside where there is no space above."""
        x0, y0 = round(corners[0]), round(corners[1])
        x1, y1 = max(x0, round(corners[2]) - 1), max(y0, round(corners[3]) - 1)
        draw = ImageDraw.Draw(self.picture)
        draw.rectangle((x0, y0, x1, y1), outline=colour, width=_line_width(self.picture.size))
        if text:
            left, _, right, bottom = draw.textbbox((0, 0), text, font=self._font)
            width, height = round(right - left) + 4, round(bottom) + 3
            x = max(0, min(x0, self.picture.width - width))
            y = y0 - height if y0 >= height else y0
            draw.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)
            draw.text((x + 2 - left, y + 1), text, fill=_ink(colour), font=self._font)

    def dot(self, place: tuple[float, float], colour: Colour, text: str, *, is_hollow: bool) -> None:
        """Draw a dot at a point, with a text on its right, or on its left at the right end of the picture."""
        x, y, radius = place[0] - 0.5, place[1] - 0.5, max(5, round(max(self.picture.size) / 80))
        draw = ImageDraw.Draw(self.picture)
        ends = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(
            ends, outline=colour, fill=None if is_hollow else colour, width=_line_width(self.picture.size)
        )
        width, gap = draw.textlength(text, font=self._font), radius + 3
        start = x + gap if x + gap + width <= self.picture.width else x - gap - width
        draw.text((start, y), text, "white", self._font, anchor="lm", stroke_width=1, stroke_fill="black")

    @property
    def _font(self) -> Any:
        return ImageFont.load_default(max(11, round(max(self.picture.size) / 36)))


def _factor(shape: Sequence[int]) -> int:
    """Return the number of pixels of an overlay along each pixel of an example."""
    return max(1, -(-LEAST // max(shape[:2])))


def _enlarged(pixels: NDArray[Any]) -> NDArray[Any]:
    factor = _factor(pixels.shape)
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _line_width(sides: Sequence[int]) -> int:
    return max(2, round(max(sides) / 250))


def _ink(colour: Colour) -> Colour:
    """Return black or white, whichever is easier to read on a colour."""
    red, green, blue = colour
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else (255, 255, 255)


def _outlines(numbers: NDArray[np.integer], width: int) -> NDArray[np.bool_]:
    """Return the positions of instances that are within a distance of another instance or of none."""
    found = np.zeros(numbers.shape, np.bool_)
    for distance in range(1, width + 1):
        for axis in (0, 1):
            one, other = (np.moveaxis(array, axis, 0) for array in (numbers, found))
            differs = one[distance:] != one[:-distance]
            other[distance:] |= differs
            other[:-distance] |= differs
    return found & (numbers > 0)
