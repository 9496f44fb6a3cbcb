"""Heat maps of points, as operations of Keras: their targets, their loss, and the points found in them.

A heat map has a value for each position of a grid, near 1 where a point is. Grids are two-dimensional; points
and sizes are in pixels of the example, x before y.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

_AT_ONCE = 16  # points drawn together, which bounds the memory
_SMALLEST = 1e-6  # probabilities are at least this before the logarithm
_NEAR = 0.1  # of a Gaussian, around a point
_LEAST_SIGMA = 0.5  # of a Gaussian, in positions of the grid


def places(grid: Any, stride: Sequence[int]) -> Any:
    """Return the centre of each position of a grid, `(batch, height, width, 2)`; sizes may be open."""
    ones = ops.ones_like(grid[..., :1])
    rows, columns = (ops.cumsum(ones, axis=axis) - 0.5 for axis in (1, 2))
    return ops.concatenate([columns * stride[1], rows * stride[0]], axis=-1)


def gaussians(points: Any, sigmas: Any, sizes: tuple[int, int], stride: Sequence[int]) -> Any:
    """Return a Gaussian around each point, 1 at the position that contains the point.

    Args:
        points: `(batch, points, 2)`.
        sigmas: The standard deviations, of the same shape.
        sizes: Height and width of the grid.
        stride: Pixels between neighbouring positions, along height and width.

    Returns:
        `(batch, height, width, points)`.
    """
    across = _along(points[..., 0], sigmas[..., 0], sizes[1], stride[1])
    down = _along(points[..., 1], sigmas[..., 1], sizes[0], stride[0])
    return down[:, :, None, :] * across[:, None, :, :]


def _along(points: Any, sigmas: Any, size: int, stride: int) -> Any:
    """Return Gaussians along one dimension, `(batch, size, points)`."""
    cells = ops.clip(ops.floor(points / stride), 0, size - 1)
    sigmas = ops.maximum(sigmas / stride, _LEAST_SIGMA)
    distances = ops.arange(size, dtype="float32")[None, :, None] - cells[:, None, :]
    return ops.exp(-0.5 * ops.square(distances / sigmas[:, None, :]))


def heat(points: Any, sigmas: Any, is_shown: Any, sizes: tuple[int, int], stride: Sequence[int]) -> Any:
    """Return the heat map of points of one kind: the largest of their Gaussians.

    Args:
        points: `(batch, points, 2)`.
        sigmas: Of the same shape.
        is_shown: `(batch, points)`; 0 for points that are not on the map.
        sizes: Height and width of the grid.
        stride: See `gaussians`.

    Returns:
        `(batch, height, width)`.
    """
    found: Any = 0.0
    for start in range(0, points.shape[1], _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        drawn = gaussians(points[:, part], sigmas[:, part], sizes, stride) * is_shown[:, None, None, part]
        found = ops.maximum(found, ops.max(drawn, axis=-1))
    return found


def heats(drawn: Any, kinds: Any, count: int) -> Any:
    """Return the heat map of each kind of points: the largest of their Gaussians, 0 without a point.

    The effort does not depend on the number of kinds.

    Args:
        drawn: Gaussians, `(batch, height, width, points)`; 0 for points that are on no map.
        kinds: The kind of each point, `(batch, points)`, from 0; any number for points that are on no map.
        count: The number of kinds.

    Returns:
        `(batch, height, width, kinds)`.
    """
    batch, (height, width) = ops.shape(drawn)[0], drawn.shape[1:3]
    rows = ops.reshape(ops.transpose(drawn, (0, 3, 1, 2)), (-1, height, width))
    kinds = ops.clip(ops.cast(kinds, "int32"), 0, count - 1)
    segments = ops.reshape(ops.arange(batch)[:, None] * count + kinds, (-1,))
    found = ops.maximum(ops.segment_max(rows, segments, batch * count), 0.0)
    return ops.transpose(ops.reshape(found, (-1, count, height, width)), (0, 2, 3, 1))


def nearest(drawn: Any, values: Any) -> Any:
    """Return the values of the point whose Gaussian is the largest at each position.

    Args:
        drawn: `(batch, height, width, points)`.
        values: `(batch, points, ...)`.

    Returns:
        `(batch, height, width, ...)`.
    """
    height, width, points = drawn.shape[1:]
    rest = tuple(values.shape[2:])
    rows = ops.reshape(values, (-1, points, math.prod(rest)))
    own = ops.reshape(ops.argmax(drawn, axis=-1), (-1, height * width, 1))
    found = ops.take_along_axis(rows, ops.repeat(own, math.prod(rest), axis=-1), axis=1)
    return ops.reshape(found, (-1, height, width, *rest))


def near(drawn: Any) -> Any:
    """Return the weight of each position, `(batch, height, width)`: the largest Gaussian, 0 far from all."""
    weights = ops.max(drawn, axis=-1)
    return ops.where(weights > _NEAR, weights, 0.0)


def heat_loss(truth: Any, predicted: Any, counted: Any = 1.0) -> Any:
    """Return `(batch,)` focal losses of heat maps, divided by the number of points (Law & Deng 2018, equation
    1; Zhou et al. 2019, equation 1: alpha 2, beta 4).

    Args:
        truth: `(batch, height, width, maps)`.
        predicted: Probabilities of the same shape.
        counted: What the loss of each position is multiplied by.
    """
    predicted = ops.clip(predicted, _SMALLEST, 1.0 - _SMALLEST)
    hits = ops.cast(truth > 0.9999, "float32")
    losses = -hits * ops.log(predicted) * ops.square(1.0 - predicted)
    losses -= (1.0 - hits) * ops.log(1.0 - predicted) * ops.square(predicted) * (1.0 - truth) ** 4
    axes = (1, 2, 3)
    return ops.sum(losses * counted, axis=axes) / ops.maximum(ops.sum(hits * counted, axis=axes), 1.0)


def weighted_mean(losses: Any, weights: Any) -> Any:
    """Return `(batch,)` means over all other axes; 0 where no weight is."""
    axes = tuple(range(1, len(losses.shape)))
    return ops.sum(losses * weights, axis=axes) / ops.maximum(ops.sum(weights, axis=axes), _SMALLEST)


def peaks(map_: Any, size: int = 3) -> Any:
    """Return a heat map, `(batch, height, width, maps)`, with 0 where a value within a window is larger."""
    largest = ops.max_pool(map_, size, strides=1, padding="same")
    return ops.where(map_ >= largest, map_, 0.0 * map_)


def best(map_: Any, most: int) -> tuple[Any, Any, Any]:
    """Return the largest values of heat maps, descending.

    Args:
        map_: `(batch, height, width, maps)`.
        most: The number of values; fewer if the maps have fewer, and are not open.

    Returns:
        The values, their positions in the order of rows, and the numbers of their maps, `(batch, most)`.
    """
    maps = map_.shape[-1]
    flat = keras.layers.Reshape((-1,))(map_)
    if flat.shape[1] is not None:
        most = min(most, flat.shape[1])
    values, indices = ops.top_k(flat, most)
    positions = indices // maps
    return values, positions, indices - positions * maps


def place_of_largest(values: Any) -> Any:
    """Return the index of the largest value along the last axis, by operations that LiteRT has."""
    return ops.top_k(values, 1)[1][..., 0]


def at(map_: Any, positions: Any) -> Any:
    """Return the vectors of a map, `(batch, height, width, channels)`, at positions, `(batch, positions)`, in
    the order of rows."""
    rows = keras.layers.Reshape((-1, map_.shape[-1]))(map_)
    return ops.take_along_axis(rows, ops.repeat(positions[..., None], map_.shape[-1], axis=-1), axis=1)
