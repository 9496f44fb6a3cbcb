"""Where a point of an example lies after each augmentation that moves values.

Each function is the inverse of the positions that its counterpart in `geometry` samples. Positions are
sampled at their centers, which are whole numbers there; here, coordinates are continuous, and the center of
position i is i + 0.5.
"""

from collections.abc import Sequence
from functools import reduce
from operator import xor

from cnnsearch.plan.augmentation import Crop, Flip, Rotation, Shift, Zoom
from cnnsearch.training.augmentation.batch import Array, Drawn
from cnnsearch.training.augmentation.geometry import FLIPPED_AXES, LAST_AXIS

Places = Sequence[Array]
"""The coordinates of points along each spatial axis, `(batch, ...)` each."""
Sizes = tuple[int, ...]
"""The sizes of the spatial dimensions."""


def move_crop(kind: Crop, places: Places, sizes: Sizes, drawn: Drawn) -> list[Array]:
    """Move points as `geometry.crop` moves values."""
    sides, starts = drawn
    return [
        (place - _spread(starts[:, axis], place)) / _spread(sides, place) for axis, place in enumerate(places)
    ]


def move_shift(kind: Shift, places: Places, sizes: Sizes, drawn: Drawn) -> list[Array]:
    """Move points as `geometry.shift` moves values."""
    (steps,) = drawn
    return [place + _spread(steps[:, axis], place) for axis, place in enumerate(places)]


def move_zoom(kind: Zoom, places: Places, sizes: Sizes, drawn: Drawn) -> list[Array]:
    """Move points as `geometry.zoom` moves values."""
    (factors,) = drawn
    return [
        (place - size / 2) / _spread(factors, place) + size / 2
        for place, size in zip(places, sizes, strict=True)
    ]


def move_flip(kind: Flip, places: Places, sizes: Sizes, drawn: Drawn) -> list[Array]:
    """Move points as `geometry.flip` moves values."""
    moved = list(places)
    for axis, chosen in zip(FLIPPED_AXES[kind.mode], drawn, strict=False):
        spatial = axis - LAST_AXIS - 1  # counted from the end, without channels
        place, library = moved[spatial], moved[spatial].__array_namespace__()
        moved[spatial] = library.where(_spread(chosen, place), sizes[spatial] - place, place)
    return moved


def mirrored(drawn: Drawn) -> Array | None:
    """Return which examples a flip mirrors, `(batch,)`; None: none.

    A flip along two axes is a rotation by half a turn.
    """
    return reduce(xor, drawn) if drawn else None


def move_rotation(kind: Rotation, places: Places, sizes: Sizes, drawn: Drawn) -> list[Array]:
    """Move points as `geometry.rotation` moves values."""
    cosine, sine = (_spread(each, places[0]) for each in drawn)
    centers = [size / 2 for size in sizes]
    rows, columns = (place - center for place, center in zip(places, centers, strict=True))
    return [rows * cosine + columns * sine + centers[0], columns * cosine - rows * sine + centers[1]]


def _spread(numbers: Array, place: Array) -> Array:
    """Reshape one number per example so that it broadcasts against coordinates."""
    return numbers.reshape(-1, *(1,) * (place.ndim - 1))
