"""The augmentations that move values: crop, shift, flip, rotation, zoom; in 1, 2 or 3 dimensions alike."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from cnnsearch.plan.augmentation import Crop, Flip, Rotation, Shift, Zoom
from cnnsearch.training.augmentation.batch import Array, Batch, around, axis_view, volume

COLOURS = 3
"""Channels of a picture in colour."""
_FLIPPED_AXES = {"horizontal": (-2,), "vertical": (-3,), "horizontal_and_vertical": (-2, -3)}


def crop(kind: Crop, batch: Batch, draws: np.random.Generator) -> Batch:
    """A window of the example's proportions, anywhere in it, scaled to the whole."""
    sides = 1 - draws.uniform(0, kind.factor, len(batch.x)).astype(np.float32)
    positions = []
    for size in batch.sizes:
        starts = draws.uniform(0, 1, len(batch.x)).astype(np.float32) * (1 - sides) * size
        positions.append(starts[:, None] + (_places(size) + 0.5) * sides[:, None] - 0.5)
    return batch.with_x(_sample_axes(batch, positions, "nearest"))


def shift(kind: Shift, batch: Batch, draws: np.random.Generator) -> Batch:
    """Whole positions along each axis."""
    positions = []
    for size in batch.sizes:
        steps = np.rint(around(0, kind.factor, draws, len(batch.x)) * size)
        positions.append(_places(size) - steps[:, None])
    return batch.with_x(_sample_axes(batch, positions, kind.fill_mode))


def zoom(kind: Zoom, batch: Batch, draws: np.random.Generator) -> Batch:
    """One factor for all axes; above 1 more comes into sight, below 1 less."""
    factors = around(1, kind.factor, draws, len(batch.x))[:, None]
    centers = [(size - 1) / 2 for size in batch.sizes]
    positions = [
        (_places(size) - center) * factors + center for size, center in zip(batch.sizes, centers, strict=True)
    ]
    return batch.with_x(_sample_axes(batch, positions, kind.fill_mode))


def flip(kind: Flip, batch: Batch, draws: np.random.Generator) -> Batch:
    """Each axis of the mode for half of the examples."""
    x = batch.x
    if kind.pictures == "colour" and x.shape[-1] != COLOURS:
        return batch
    for axis in _FLIPPED_AXES[kind.mode]:
        chosen = batch.spread(draws.uniform(0, 1, len(x)) < 0.5)
        x = np.where(chosen, np.flip(x, axis), x)
    return batch.with_x(x)


def rotation(kind: Rotation, batch: Batch, draws: np.random.Generator) -> Batch:
    """About the centre, in units of pixels, so that oblong pictures keep their shapes."""
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
    """Reads examples at positions between their own, by linear interpolation along each axis.

    Args:
        x: `(batch, *spatial, channels)`.
        positions: For each spatial axis where to read, counted from 0, in arrays that meet each other as
            `(batch, *spatial)`.
        fill_mode: What lies outside; see `augmentations.FillMode`.

    Returns:
        float32, of the shape of x.
    """
    sizes = x.shape[1:-1]
    values = x.reshape(-1, x.shape[-1])
    first = (np.arange(len(x)) * volume(sizes)).reshape(-1, *(1,) * len(sizes))
    found = np.zeros(x.shape, np.float32)
    axes = [_neighbours(p, size, fill_mode) for p, size in zip(positions, sizes, strict=True)]
    for corner in product(*axes):
        index, weight = np.zeros(1, np.intp), np.ones(1, np.float32)
        for (place, share), size in zip(corner, sizes, strict=True):
            index, weight = index * size + place, weight * share
        found += values.take(first + index, axis=0) * weight[..., None]
    return found


def _neighbours(positions: Array, size: int, fill_mode: str) -> list[tuple[Array, Array]]:
    """The places on both sides of each position, and their shares of what stands there."""
    folded = _fold(positions, size, fill_mode)
    below = np.floor(folded)
    above_share = folded - below
    places = below.astype(np.intp)
    both = [(places, 1 - above_share), (places + 1, above_share)]
    return [_inside(place, share, size, fill_mode) for place, share in both if share.any()]


def _inside(places: Array, shares: Array, size: int, fill_mode: str) -> tuple[Array, Array]:
    """Places that exist; one that does not has no share, but with `wrap`, where it is the other end."""
    if fill_mode == "wrap":
        return places % size, shares
    existing = np.clip(places, 0, size - 1)
    return existing, shares * (existing == places) if fill_mode == "constant" else shares


def _fold(positions: Array, size: int, fill_mode: str) -> Array:
    """Brings positions outside to those inside that the mode puts there."""
    if fill_mode == "nearest":
        return np.clip(positions, 0, size - 1)
    if fill_mode == "wrap":
        return _remainder(positions, size)
    if fill_mode == "reflect":  # the edge's own value comes twice, as in Keras: d c b a | a b c d
        within_two = _remainder(positions + 0.5, 2 * size)
        positions = np.clip(np.minimum(within_two, 2 * size - within_two) - 0.5, 0, size - 1)
    return positions


def _remainder(numbers: Array, period: int) -> Array:
    """`numbers % period`, but that numpy takes most of a rotation's time for it."""
    rest: Array = numbers - np.floor(numbers / period) * period
    return rest


def _places(size: int) -> Array:
    return np.arange(size, dtype=np.float32)


def _sample_axes(batch: Batch, positions: Sequence[Array], fill_mode: str) -> Array:
    """`sample` at a grid: `(batch, size)` positions along each axis."""
    axes = len(positions)
    return sample(batch.x, [axis_view(p, axis, axes) for axis, p in enumerate(positions)], fill_mode)
