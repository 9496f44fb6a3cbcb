"""A batch during augmentation, what is drawn for it, and the boxes that several augmentations share.

An augmentation has two parts: one draws numbers for each example with numpy, in main memory; the other
applies them to arrays of any library of the array API, such as numpy, or JAX inside a program.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any
"""An array of numpy, or of another library of the array API."""
Drawn = tuple[NDArray[Any], ...]
"""What an augmentation draws for a batch: `(batch, ...)` each."""
Shape = tuple[int, ...]
"""The shape of a batch, `(batch, *spatial, channels)`."""


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch of examples and targets.

    Args:
        x: `(batch, *spatial, channels)`, uint8 or float32.
        targets: `(batch, classes)`, float32 weights of the classes, or of a form that `augmenter` moves.
        span: The data's largest value minus its smallest; strengths of value changes are fractions of it.
        are_names: Whether values of x are names, between which nothing is interpolated.
    """

    x: Array
    targets: Array
    span: float
    are_names: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of the spatial dimensions."""
        sizes: tuple[int, ...] = self.x.shape[1:-1]
        return sizes

    @property
    def library(self) -> Any:
        """The functions of the library of the arrays."""
        return self.x.__array_namespace__()

    def with_x(self, x: Array) -> "Batch":
        """Return a batch with other examples and the same targets."""
        return replace(self, x=x)

    def spread(self, values: Array) -> Array:
        """Reshape one number per example so that it broadcasts against x."""
        return values.reshape(-1, *(1,) * (self.x.ndim - 1))


def around(center: float, distance: float, draws: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Draw one number per example, uniform within `distance` of the center."""
    return np.float32(center) + draws.uniform(-distance, distance, count).astype(np.float32)


def axis_view(values: Array, axis: int, dimensions: int) -> Array:
    """Reshape `(batch, size)` numbers along one spatial axis to broadcast against `(batch, *spatial)`."""
    shape = [1] * dimensions
    shape[axis] = -1
    return values.reshape(len(values), *shape)


def box_mask(starts: Array, ends: Array, sizes: tuple[int, ...]) -> Array:
    """Return which positions lie inside each example's box.

    Args:
        starts: `(batch, dimensions)`; the first position of the box along each axis.
        ends: `(batch, dimensions)`; the first position after the box.
        sizes: The sizes of the spatial dimensions.

    Returns:
        `(batch, *sizes)`, bool.
    """
    library = starts.__array_namespace__()
    mask = library.ones((len(starts), *(1,) * len(sizes)), dtype=bool)
    for axis, size in enumerate(sizes):
        places = library.arange(size)
        inside = (places >= starts[:, axis, None]) & (places < ends[:, axis, None])
        mask = mask & axis_view(inside, axis, len(sizes))
    return mask


def draw_boxes(shares: NDArray[Any], sizes: tuple[int, ...], draws: np.random.Generator) -> Drawn:
    """Draw boxes centered on random positions; they may extend beyond the edges.

    Args:
        shares: `(batch,)`; the sides of the boxes as fractions of the sides of the examples.
        sizes: The sizes of the spatial dimensions.
        draws: The random generator of the positions.

    Returns:
        The first position along each axis, and the first position after the box, for `box_mask`.
    """
    count = len(shares)
    sides = np.rint(shares[:, None] * np.array(sizes))
    centers = draws.uniform(0, 1, (count, len(sizes))) * np.array(sizes)
    starts = np.rint(centers - sides / 2)
    return _whole(starts), _whole(starts + sides)


def draw_interval(shares: NDArray[Any], size: int, draws: np.random.Generator) -> Drawn:
    """Draw intervals that lie completely inside the first dimension, for `box_mask`."""
    widths = np.rint(shares * size)
    starts = np.floor(draws.uniform(0, 1, (len(shares), 1)) * (size - widths + 1))
    return _whole(starts), _whole(starts + widths)


def volume(sizes: tuple[int, ...]) -> int:
    """Return the number of positions in an example."""
    return math.prod(sizes)


def _whole(numbers: NDArray[Any]) -> NDArray[np.int32]:
    return numbers.astype(np.int32)
