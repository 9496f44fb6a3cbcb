"""The augmentations that move values: crop, shift, flip, rotation, zoom; in 1, 2 or 3 dimensions."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from cnnsearch.plan.augmentation import Crop, Flip, Rotation, Shift, Zoom
from cnnsearch.training.augmentation.batch import Array, Batch, around, axis_view, volume

COLOURS = 3
"""Channels of a color image."""
_FLIPPED_AXES = {"horizontal": (-2,), "vertical": (-3,), "horizontal_and_vertical": (-2, -3)}


def crop(kind: Crop, batch: Batch, draws: np.random.Generator) -> Batch:
    """Crop a random window with the example's aspect ratio and resize it to the example's size."""
    sides = 1 - draws.uniform(0, kind.factor, len(batch.x)).astype(np.float32)
    positions = []
    for size in batch.sizes:
        starts = draws.uniform(0, 1, len(batch.x)).astype(np.float32) * (1 - sides) * size
        positions.append(starts[:, None] + (_places(size) + 0.5) * sides[:, None] - 0.5)
    return batch.with_x(_sample_axes(batch, positions, "nearest"))


def shift(kind: Shift, batch: Batch, draws: np.random.Generator) -> Batch:
    """Shift each example by an integer number of positions along each axis."""
    positions = []
    for size in batch.sizes:
        steps = np.rint(around(0, kind.factor, draws, len(batch.x)) * size)
        positions.append(_places(size) - steps[:, None])
    return batch.with_x(_sample_axes(batch, positions, kind.fill_mode))


def zoom(kind: Zoom, batch: Batch, draws: np.random.Generator) -> Batch:
    """Zoom with one factor for all axes; a factor above 1 zooms out, one below 1 zooms in."""
    factors = around(1, kind.factor, draws, len(batch.x))[:, None]
    centers = [(size - 1) / 2 for size in batch.sizes]
    positions = [
        (_places(size) - center) * factors + center for size, center in zip(batch.sizes, centers, strict=True)
    ]
    return batch.with_x(_sample_axes(batch, positions, kind.fill_mode))


def flip(kind: Flip, batch: Batch, draws: np.random.Generator) -> Batch:
    """Flip half of the examples along each axis of the mode."""
    x = batch.x
    if kind.pictures == "colour" and x.shape[-1] != COLOURS:
        return batch
    for axis in _FLIPPED_AXES[kind.mode]:
        chosen = batch.spread(draws.uniform(0, 1, len(x)) < 0.5)
        x = np.where(chosen, np.flip(x, axis), x)
    return batch.with_x(x)


def rotation(kind: Rotation, batch: Batch, draws: np.random.Generator) -> Batch:
    """Rotate about the center, in units of pixels, so that the content of oblong images is not distorted."""
    angles = around(0, kind.factor, draws, len(batch.x))[:, None, None] * np.float32(2 * math.pi)
    cosine, sine = np.cos(angles), np.sin(angles)
    centers = [np.float32((size - 1) / 2) for size in batch.sizes]
    rows, columns = (
        axis_view(_places(size)[None] - center, axis, 2)
        for axis, (size, center) in enumerate(zip(batch.sizes, centers, strict=True))
    )
    positions = [
        rows * cosine - columns * sine + centers[0],
        rows * sine + columns * cosine + centers[1],
    ]
    return batch.with_x(sample(batch.x, positions, kind.fill_mode))


def sample(x: Array, positions: Sequence[Array], fill_mode: str) -> Array:
    """Sample examples at fractional positions, with linear interpolation along each axis.

    Args:
        x: `(batch, *spatial, channels)`.
        positions: For each spatial axis the positions to sample, counted from 0, in arrays that broadcast to
            `(batch, *spatial)`.
        fill_mode: The values outside the example; see `augmentations.FillMode`.

    Returns:
        float32, in the shape of x.
    """
    sizes = x.shape[1:-1]
    values = x.reshape(-1, x.shape[-1])
    first = (np.arange(len(x)) * volume(sizes)).reshape(-1, *(1,) * len(sizes))
    sampled = np.zeros(x.shape, np.float32)
    axes = [_neighbours(p, size, fill_mode) for p, size in zip(positions, sizes, strict=True)]
    for corner in product(*axes):
        index, weight = np.zeros(1, np.intp), np.ones(1, np.float32)
        for (place, share), size in zip(corner, sizes, strict=True):
            index, weight = index * size + place, weight * share
        sampled += values.take(first + index, axis=0) * weight[..., None]
    return sampled


def _neighbours(positions: Array, size: int, fill_mode: str) -> list[tuple[Array, Array]]:
    """Return the indices below and above each position, and their interpolation weights."""
    folded = _fold(positions, size, fill_mode)
    below = np.floor(folded)
    above_share = folded - below
    places = below.astype(np.intp)
    both = [(places, 1 - above_share), (places + 1, above_share)]
    return [_inside(place, share, size, fill_mode) for place, share in both if share.any()]


def _inside(places: Array, shares: Array, size: int, fill_mode: str) -> tuple[Array, Array]:
    """Clip indices to the valid range. Outside it the weight is 0 for `constant`; `wrap` continues at the
    other end."""
    if fill_mode == "wrap":
        return places % size, shares
    existing = np.clip(places, 0, size - 1)
    return existing, shares * (existing == places) if fill_mode == "constant" else shares


def _fold(positions: Array, size: int, fill_mode: str) -> Array:
    """Map positions outside the example to the positions inside that the fill mode assigns to them."""
    if fill_mode == "nearest":
        return np.clip(positions, 0, size - 1)
    if fill_mode == "wrap":
        return _remainder(positions, size)
    if fill_mode == "reflect":  # the edge value is repeated, as in Keras: d c b a | a b c d
        within_two = _remainder(positions + 0.5, 2 * size)
        positions = np.clip(np.minimum(within_two, 2 * size - within_two) - 0.5, 0, size - 1)
    return positions


def _remainder(numbers: Array, period: int) -> Array:
    """Return `numbers % period`; numpy's own operator would take most of the time of a rotation."""
    rest: Array = numbers - np.floor(numbers / period) * period
    return rest


def _places(size: int) -> Array:
    return np.arange(size, dtype=np.float32)


def _sample_axes(batch: Batch, positions: Sequence[Array], fill_mode: str) -> Array:
    """Call `sample` on a grid given by `(batch, size)` positions along each axis."""
    axes = len(positions)
    return sample(batch.x, [axis_view(p, axis, axes) for axis, p in enumerate(positions)], fill_mode)
