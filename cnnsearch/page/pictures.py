"""Arrays -> pictures for a page: examples, kernels, feature maps, heat maps; signals as lines."""

import base64
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnsearch.page.charts import PALETTE

Array = NDArray[Any]
_LARGEST, _LEAST = 224, 96
"""Limits of the longer side, in pixels: larger pictures are scaled down, smaller ones up by an integer."""
_WIDE, _HIGH = 180, 80
_POINTS = 240
_DARK, _MIDDLE, _LIGHT = (0, 30, 60), (0, 114, 178), (255, 255, 255)
_HEAT = np.array([(0, 0, 0), (120, 30, 0), (213, 94, 0), (240, 200, 60)], float)


def example(values: Array, ends: tuple[float, float]) -> str:
    """Return a raw example as a `data:` URL: signals as lines, volumes by their middle slice."""
    shares = scaled(values.astype(np.float32), *ends)
    return lines(shares) if values.ndim == 2 else address(colour_pixels(_flat(shares)))


def is_wide(values: Array) -> bool:
    """Return whether an example is shown as lines."""
    return values.ndim == 2


def plane(values: Array) -> str:
    """Return one channel, `(*spatial,)`, with its smallest value dark and its largest value light."""
    shares = scaled(values.astype(np.float32), float(values.min()), float(values.max()))
    if values.ndim == 1:
        return lines(shares[:, None])
    flat = _flat(shares[..., None])[..., 0]
    return address(_between(flat, np.array([_DARK, _MIDDLE, _LIGHT], float)))


def kernel(values: Array) -> str:
    """Return a kernel, `(*window, channels)`: in colour if it has three channels, else their mean.

    Zero is the middle of the scale, so that the sign is visible.
    """
    most = float(np.abs(values).max()) or 1.0
    shares = (values.astype(np.float32) / most + 1) / 2
    if values.ndim == 2:
        return lines(shares)
    flat = _flat(shares)
    if flat.shape[-1] == 3:
        return address(colour_pixels(flat))
    signs = np.array([PURPLE_ORANGE[0], (247, 247, 247), PURPLE_ORANGE[1]], float)
    return address(_between(flat.mean(axis=-1), signs))


PURPLE_ORANGE = ((0, 114, 178), (213, 94, 0))


def heat(values: Array, shares_of_heat: NDArray[np.float32], ends: tuple[float, float]) -> str:
    """Return an example in grey, overlaid by a heat map in warm colours."""
    shares = scaled(values.astype(np.float32), *ends)
    if values.ndim == 2:
        return lines(shares, shares_of_heat)
    grey = _flat(shares).mean(axis=-1)
    warm = _flat(shares_of_heat[..., None])[..., 0]
    size = _size(*grey.shape)
    below = Image.fromarray(np.rint(grey * 255).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    above = Image.fromarray(warm.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    weight = np.clip(np.asarray(above), 0, 1)[..., None]
    tint = _between(weight[..., 0], _HEAT).astype(float)
    mixed = np.asarray(below, float)[..., None] * (1 - 0.65 * weight) + 0.65 * weight * tint
    return _encoded(Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8)), lossy=True)


def lines(shares: Array, background: NDArray[np.float32] | None = None) -> str:
    """Return values from 0 to 1, `(length, channels)`, as lines in an SVG, over a heat map if given."""
    length = len(shares)
    chosen = np.unique(np.linspace(0, length - 1, min(length, _POINTS)).astype(int))
    across = chosen / max(length - 1, 1) * _WIDE
    drawn = [_background(background)] if background is not None else []
    for channel, colour in zip(range(shares.shape[-1]), PALETTE, strict=False):
        down = (1 - np.clip(shares[chosen, channel], 0, 1)) * (_HIGH - 6) + 3
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
        drawn.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.4"/>')
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" '
        f'height="{_HIGH}"><rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>{"".join(drawn)}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _background(shares: NDArray[np.float32]) -> str:
    step = _WIDE / len(shares)
    return "".join(
        f'<rect x="{place * step:.2f}" width="{step + 0.5:.2f}" height="{_HIGH}" fill="#E69F00" '
        f'fill-opacity="{0.6 * float(share):.2f}"/>'
        for place, share in enumerate(shares)
    )


def scaled(values: Array, low: float, high: float) -> Array:
    """Return values scaled to 0 to 1, and limited to them."""
    shares: Array = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
    return shares


def _flat(values: Array) -> Array:
    """Return an array `(height, width, channels)`; for a volume its middle slice."""
    return values[len(values) // 2] if values.ndim == 4 else values


def colour_pixels(shares: Array) -> NDArray[np.uint8]:
    """Return pixels: three channels as colours, otherwise the first channel in grey."""
    chosen = shares if shares.shape[-1] == 3 else shares[..., :1]
    pixels: NDArray[np.uint8] = np.rint(chosen * 255).astype(np.uint8)
    return pixels if pixels.shape[-1] == 3 else pixels[..., 0]


def _between(shares: Array, colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return values from 0 to 1 as colours of a scale."""
    places = np.linspace(0, 1, len(colours))
    parts = [np.interp(shares, places, colours[:, channel]) for channel in range(3)]
    return np.stack(parts, axis=-1).astype(np.uint8)


def _size(height: int, width: int, most: int = _LARGEST) -> tuple[int, int]:
    """Return the width and height of a displayed picture."""
    largest = max(height, width)
    if largest > most:
        return max(1, width * most // largest), max(1, height * most // largest)
    factor = max(1, _LEAST // largest)
    return width * factor, height * factor


def address(pixels: NDArray[np.uint8], largest: int = _LARGEST) -> str:
    """Return pixels as a `data:` URL, large pictures as JPEG.

    Args:
        pixels: `(height, width)`, or `(height, width, 3)`.
        largest: The longer side, in pixels, above which a picture is scaled down.
    """
    height, width = pixels.shape[:2]
    picture = Image.fromarray(pixels)
    if max(height, width) > largest:
        picture = picture.resize(_size(height, width, largest), Image.Resampling.LANCZOS)
    return _encoded(picture, lossy=max(height, width) > _LARGEST)


def _encoded(picture: Image.Image, *, lossy: bool) -> str:
    content, kind = BytesIO(), "jpeg" if lossy else "png"
    picture.save(content, format=kind, **({"quality": 85} if lossy else {"optimize": True}))
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"


def class_label(labels: Sequence[str], place: int) -> str:
    """Return a class name, shortened if it is long."""
    name = labels[place]
    return name if len(name) <= 18 else f"{name[:17]}…"
