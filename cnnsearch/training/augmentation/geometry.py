"""The augmentations that move values: crop, shift, flip, rotation, zoom; in 1, 2 or 3 dimensions."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from cnnsearch.plan.augmentation import Crop, Flip, Rotation, Shift, Zoom
from cnnsearch.training.augmentation.batch import Array, Batch, Drawn, Shape, around, axis_view, volume

COLOURS = 3
"""Channels of a color image."""
LAST_AXIS = -2
"""The last spatial axis of a batch; channels are after it."""
FLIPPED_AXES = {
    "horizontal": (LAST_AXIS,),
    "vertical": (LAST_AXIS - 1,),
    "horizontal_and_vertical": (LAST_AXIS, LAST_AXIS - 1),
}
"""The axes of a batch that each mode flips."""


def draw_crop(kind: Crop, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the share of the sides that is kept, and the first position along each axis."""
    count, *sizes, _ = shape
    sides = 1 - draws.uniform(0, kind.factor, count).astype(np.float32)
    starts = [draws.uniform(0, 1, count).astype(np.float32) * (1 - sides) * size for size in sizes]
    return sides, np.stack(starts, axis=1)


def crop(kind: Crop, batch: Batch, drawn: Drawn) -> Batch:
    """Crop a random window with the example's aspect ratio and resize it to the example's size."""
    sides, starts = drawn
    positions = [
        starts[:, axis, None] + (_places(size) + 0.5) * sides[:, None] - 0.5
        for axis, size in enumerate(batch.sizes)
    ]
    return batch.with_x(_sample_axes(batch, positions, "nearest"))


def draw_shift(kind: Shift, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the number of positions along each axis."""
    count, *sizes, _ = shape
    steps = [np.rint(around(0, kind.factor, draws, count) * size) for size in sizes]
    return (np.stack(steps, axis=1),)


def shift(kind: Shift, batch: Batch, drawn: Drawn) -> Batch:
    """Shift each example by an integer number of positions along each axis."""
    (steps,) = drawn
    positions = [_places(size) - steps[:, axis, None] for axis, size in enumerate(batch.sizes)]
    return batch.with_x(_sample_axes(batch, positions, kind.fill_mode, is_whole=True))


def draw_zoom(kind: Zoom, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw one factor for all axes."""
    return (around(1, kind.factor, draws, shape[0]),)


def zoom(kind: Zoom, batch: Batch, drawn: Drawn) -> Batch:
    """Zoom with one factor for all axes; a factor above 1 zooms out, one below 1 zooms in."""
    factors = drawn[0][:, None]
    centers = [(size - 1) / 2 for size in batch.sizes]
    positions = [
        (_places(size) - center) * factors + center for size, center in zip(batch.sizes, centers, strict=True)
    ]
    return batch.with_x(_sample_axes(batch, positions, kind.fill_mode))


def draw_flip(kind: Flip, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw whether each axis of the mode is flipped; nothing where only color images are."""
    if kind.pictures == "colour" and shape[-1] != COLOURS:
        return ()
    return tuple(draws.uniform(0, 1, shape[0]) < 0.5 for _ in FLIPPED_AXES[kind.mode])


def flip(kind: Flip, batch: Batch, drawn: Drawn) -> Batch:
    """Flip half of the examples along each axis of the mode."""
    x, library = batch.x, batch.library
    for axis, chosen in zip(FLIPPED_AXES[kind.mode], drawn, strict=False):
        x = library.where(batch.spread(chosen), library.flip(x, axis), x)
    return batch.with_x(x)


def draw_rotation(kind: Rotation, shape: Shape, draws: np.random.Generator) -> Drawn:
    """Draw the cosine and the sine of an angle."""
    angles = around(0, kind.factor, draws, shape[0]) * np.float32(2 * math.pi)
    return np.cos(angles), np.sin(angles)


def rotation(kind: Rotation, batch: Batch, drawn: Drawn) -> Batch:
    """Rotate about the center, in units of pixels, so that the content of oblong images is not distorted."""
    cosine, sine = (each[:, None, None] for each in drawn)
    centers = [np.float32((size - 1) / 2) for size in batch.sizes]
    rows, columns = (
        axis_view(_places(size)[None] - center, axis, 2)
        for axis, (size, center) in enumerate(zip(batch.sizes, centers, strict=True))
    )
    positions = [
        rows * cosine - columns * sine + centers[0],
        rows * sine + columns * cosine + centers[1],
    ]
    return batch.with_x(_sample(batch, positions, kind.fill_mode))


def _sample(batch: Batch, positions: Sequence[Array], fill_mode: str, *, is_whole: bool = False) -> Array:
    """Sample a batch; names at the nearest positions."""
    if batch.are_names:
        positions, is_whole = [batch.library.rint(each) for each in positions], True
    return sample(batch.x, positions, fill_mode, is_whole=is_whole)


def sample(x: Array, positions: Sequence[Array], fill_mode: str, *, is_whole: bool = False) -> Array:
    """Sample examples at fractional positions, with linear interpolation along each axis.

    Args:
        x: `(batch, *spatial, channels)`.
        positions: For each spatial axis the positions to sample, counted from 0, in arrays that broadcast to
            `(batch, *spatial)`.
        fill_mode: The values outside the example; see `augmentations.FillMode`.
        is_whole: Whether all positions are whole numbers, between which nothing is interpolated.

    Returns:
        float32, in the shape of x.
    """
    library, sizes = x.__array_namespace__(), x.shape[1:-1]
    values = x.reshape(-1, x.shape[-1])
    first = (np.arange(len(x)) * volume(sizes)).reshape(-1, *(1,) * len(sizes))
    sampled: Array = 0
    axes = [
        _neighbours(library, p, size, fill_mode, is_whole=is_whole)
        for p, size in zip(positions, sizes, strict=True)
    ]
    for corner in product(*axes):
        index: Array = np.zeros(1, np.intp)
        weight: Array = np.ones(1, np.float32)
        for (place, share), size in zip(corner, sizes, strict=True):
            index, weight = index * size + place, weight * share
        sampled = sampled + library.take(values, first + index, axis=0) * weight[..., None]
    return sampled


def _neighbours(
    library: Any, positions: Array, size: int, fill_mode: str, *, is_whole: bool
) -> list[tuple[Array, Array]]:
    """Return the indices below and above each position, and their interpolation weights."""
    folded = _fold(library, positions, size, fill_mode)
    below = library.floor(folded)
    above_share = folded - below
    places = below.astype(np.intp if library is np else np.int32)
    both = [(places, 1 - above_share), (places + 1, above_share)]
    return [_inside(library, *each, size, fill_mode) for each in (both[:1] if is_whole else both)]


def _inside(library: Any, places: Array, shares: Array, size: int, fill_mode: str) -> tuple[Array, Array]:
    """Clip indices to the valid range. Outside it the weight is 0 for `constant`; `wrap` continues at the
    other end."""
    if fill_mode == "wrap":
        return places % size, shares
    existing = library.clip(places, 0, size - 1)
    return existing, shares * (existing == places) if fill_mode == "constant" else shares


def _fold(library: Any, positions: Array, size: int, fill_mode: str) -> Array:
    """Map positions outside the example to the positions inside that the fill mode assigns to them."""
    if fill_mode == "nearest":
        return library.clip(positions, 0, size - 1)
    if fill_mode == "wrap":
        return _remainder(library, positions, size)
    if fill_mode == "reflect":  # the edge value is repeated, as in Keras: d c b a | a b c d
        within_two = _remainder(library, positions + 0.5, 2 * size)
        return library.clip(library.minimum(within_two, 2 * size - within_two) - 0.5, 0, size - 1)
    return positions


def _remainder(library: Any, numbers: Array, period: int) -> Array:
    """Return `numbers % period`; numpy's own operator would take most of the time of a rotation."""
    return numbers - library.floor(numbers / period) * period


def _places(size: int) -> Array:
    return np.arange(size, dtype=np.float32)


def _sample_axes(
    batch: Batch, positions: Sequence[Array], fill_mode: str, *, is_whole: bool = False
) -> Array:
    """Call `sample` on a grid given by `(batch, size)` positions along each axis."""
    axes = len(positions)
    views = [axis_view(p, axis, axes) for axis, p in enumerate(positions)]
    return _sample(batch, views, fill_mode, is_whole=is_whole)
