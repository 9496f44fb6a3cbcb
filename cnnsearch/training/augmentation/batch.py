"""A batch on its way through the augmentations, and the draws and boxes that several of them share."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples and targets.

    Args:
        x: `(batch, *spatial, channels)`, uint8 or float32.
        targets: `(batch, classes)`, float32 shares of the classes.
        span: The data's greatest value less its least; what strengths about values are shares of.
    """

    x: Array
    targets: Array
    span: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the spatial dimensions."""
        return self.x.shape[1:-1]

    def with_x(self, x: Array) -> "Batch":
        """The same targets for changed examples."""
        return replace(self, x=x)

    def spread(self, values: Array) -> Array:
        """One number for each example, shaped to meet x."""
        return values.reshape(-1, *(1,) * (self.x.ndim - 1))


def around(center: float, distance: float, draws: np.random.Generator, count: int) -> Array:
    """One number for each of so many examples, evenly from `distance` below the centre to as far above."""
    return np.float32(center) + draws.uniform(-distance, distance, count).astype(np.float32)


def axis_view(values: Array, axis: int, dimensions: int) -> Array:
    """`(batch, size)` numbers along one spatial axis, shaped to meet `(batch, *spatial)`."""
    shape = [1] * dimensions
    shape[axis] = -1
    return values.reshape(len(values), *shape)


def box_mask(starts: Array, ends: Array, sizes: tuple[int, ...]) -> Array:
    """Which positions lie in each example's box.

    Args:
        starts: `(batch, dimensions)`; the box's first position along each axis.
        ends: `(batch, dimensions)`; the first one after it.
        sizes: Of the spatial dimensions.

    Returns:
        `(batch, *sizes)`, bool.
    """
    mask = np.ones((len(starts), *(1,) * len(sizes)), bool)
    for axis, size in enumerate(sizes):
        places = np.arange(size)
        inside = (places >= starts[:, axis, None]) & (places < ends[:, axis, None])
        mask = mask & axis_view(inside, axis, len(sizes))
    return mask


def draw_boxes(shares: Array, sizes: tuple[int, ...], draws: np.random.Generator) -> Array:
    """Boxes about random positions, cut off at the edges.

    Args:
        shares: `(batch,)`; the boxes' sides as shares of the examples'.
        sizes: Of the spatial dimensions.
        draws: Where the positions come from.

    Returns:
        `box_mask`'s, `(batch, *sizes)`.
    """
    count = len(shares)
    sides = np.rint(shares[:, None] * np.array(sizes))
    centers = draws.uniform(0, 1, (count, len(sizes))) * np.array(sizes)
    starts = np.rint(centers - sides / 2)
    return box_mask(starts, starts + sides, sizes)


def volume(sizes: tuple[int, ...]) -> int:
    """How many positions an example has."""
    return math.prod(sizes)
