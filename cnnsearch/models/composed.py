"""Layers that Keras lacks, as small models of Keras layers and operations.

A saved network has no custom layers, so Keras loads it without this package.
"""

import math
from itertools import product
from operator import mul
from typing import Any

import keras
import numpy as np
from keras import ops

from cnnsearch.architecture import layers
from cnnsearch.architecture.per_dimension import each

OpenShape = tuple[int | None, ...]
SILENCE = 1e-12
"""The power up to which a spectrogram of an example is silent."""


def pooling(layer: layers.Pooling, shape: OpenShape, name: str) -> keras.Model:
    """Build min pooling, or a pooling with explicit padding, whose positions do not count."""
    given = keras.Input(shape)
    dimensions = len(shape) - 1
    padding = layer.padding if isinstance(layer.padding, str) else "valid"
    amounts = (0,) * dimensions if isinstance(layer.padding, str) else each(layer.padding, dimensions)
    around = [(0, 0), *((amount, amount) for amount in amounts), (0, 0)]
    word = "AveragePooling" if layer.kind == "average" else "MaxPooling"
    pool = getattr(keras.layers, f"{word}{dimensions}D")(layer.pool_size, layer.strides, padding)

    def largest(map_: Any) -> Any:
        return pool(ops.pad(map_, around, constant_values=-math.inf) if any(amounts) else map_)

    if layer.kind == "average":
        share = pool(ops.pad(ops.ones_like(given[..., :1]), around))  # of the map in each window
        return keras.Model(given, pool(ops.pad(given, around)) / share, name=name)
    return keras.Model(given, -largest(-given) if layer.kind == "min" else largest(given), name=name)


def local_response(layer: layers.LocalResponse, shape: OpenShape, name: str) -> keras.Model:
    """Build local response normalization.

    It computes `x / (bias + alpha * sum of squares of the neighbouring channels) ** beta`.
    """
    given = keras.Input(shape)
    channels, radius = shape[-1], layer.depth_radius
    assert channels is not None
    squares = ops.pad(ops.square(given), [(0, 0)] * len(shape) + [(radius, radius)])
    sums = sum(squares[..., shift : shift + channels] for shift in range(2 * radius + 1))
    return keras.Model(given, given * ops.power(layer.bias + layer.alpha * sums, -layer.beta), name=name)


def channel_scale(layer: layers.ChannelScale, shape: OpenShape, name: str) -> Any:
    """Build a layer with one trained factor per channel."""
    letters = "xyz"[: len(shape) - 1]
    return keras.layers.EinsumDense(
        f"b{letters}c,c->b{letters}c",
        output_shape=shape,
        kernel_initializer=keras.initializers.Constant(layer.initial),
        name=name,
    )


def spectrogram(layer: layers.Spectrogram, shape: OpenShape, name: str) -> keras.Model:
    """Build a spectrogram: the cross-correlation of every channel with windowed cosines and sines, compared
    with the loudest value of the example, in float32.

    Every format of export has a convolution; few have a Fourier transform. The sum of each kernel is zero, so
    that the mean of a frame does not count.
    """
    given = keras.Input(shape, dtype="float32")
    channels = shape[-1]
    assert channels is not None
    phases = 2 * np.pi * np.outer(np.arange(layer.window_size), np.arange(layer.bins)) / layer.window_size
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(layer.window_size) / layer.window_size)
    waves = np.hstack([np.cos(phases), np.sin(phases)]) * hann[:, None] / layer.window_size
    kernel = (waves - waves.mean(axis=0))[:, None].astype(np.float32)
    powers = []
    for channel in range(channels):
        parts = ops.conv(given[..., channel : channel + 1], kernel, layer.hop, "valid")
        powers.append(ops.square(parts[..., : layer.bins]) + ops.square(parts[..., layer.bins :]))
    power = ops.stack(powers, axis=-1)
    loudest = ops.maximum(ops.max(power, axis=(1, 2, 3), keepdims=True), SILENCE)
    decibels = 10 * ops.log10(ops.maximum(power / loudest, 10 ** (-layer.dynamic_range / 10)))
    return keras.Model(given, ops.transpose(1 + decibels / layer.dynamic_range, (0, 2, 1, 3)), name=name)


def fixed_filters(layer: layers.FixedFilters, shape: OpenShape, name: str) -> keras.Model:
    """Build the cross-correlation of every channel with every kernel; the kernels are constants."""
    given = keras.Input(shape)
    dimensions, channels = len(shape) - 1, shape[-1]
    assert channels is not None
    kernels = np.asarray(layer.kernels, np.float32).T.reshape((3,) * dimensions + (1, -1))
    each = (given[..., channel : channel + 1] for channel in range(channels))
    filtered = [ops.conv(one, kernels, padding="same") for one in each]
    ends = ops.concatenate([given, *filtered] if layer.append else filtered, axis=-1)
    return keras.Model(given, ends, name=name)


def adaptive_pooling(layer: layers.AdaptivePooling, shape: OpenShape, name: str) -> keras.Model:
    """Build adaptive max pooling, one dimension after the other; sizes may be open.

    Bin i of b covers positions floor(i n / b) to ceil((i + 1) n / b) - 1 of n. Bins overlap if b does not
    divide n; none is empty.
    """
    given = keras.Input(shape)
    map_ = given
    for axis in range(1, len(shape)):
        ones = ops.ones_like(map_)
        position = ops.cumsum(ones, axis=axis) - 1.0  # an open dimension has no static size for `arange`
        size = ops.sum(ones, axis=axis, keepdims=True)
        parts = []
        for part in range(layer.bins):
            begin = ops.floor(part * size / layer.bins)
            end = ops.ceil((part + 1) * size / layer.bins)
            inside = ops.logical_and(position >= begin, position < end)
            numbers = ops.where(inside, map_, -math.inf)
            parts.append(ops.max(numbers, axis=axis, keepdims=True))
        map_ = ops.concatenate(parts, axis=axis)
    return keras.Model(given, map_, name=name)


def linear_upsampling(layer: layers.Upsampling, shape: OpenShape, name: str) -> keras.Model:
    """Build linear upsampling along one dimension after the other; sizes may be open.

    The position i of f for each has the value at (i + 0.5) / f - 0.5 of the map: its own position's value and
    a share of the neighbour's. At a border that is the position itself.
    """
    given = keras.Input(shape)
    dimensions = len(shape) - 1
    map_ = given
    for axis, factor in enumerate(each(layer.factor, dimensions), start=1):
        if factor == 1:
            continue
        factors = [factor if place == axis else 1 for place in range(1, dimensions + 1)]
        repeat = getattr(keras.layers, f"UpSampling{dimensions}D")(factors if dimensions > 1 else factor)

        def part(start: int | None, stop: int | None, map_: Any = map_, axis: int = axis) -> Any:
            return map_[(*[slice(None)] * axis, slice(start, stop))]

        own = repeat(map_)
        before = repeat(ops.concatenate([part(0, 1), part(0, -1)], axis=axis))
        after = repeat(ops.concatenate([part(1, None), part(-1, None)], axis=axis))
        place = ops.cumsum(ops.ones_like(own[..., :1], dtype="float32"), axis=axis) - 1.0
        shift = ops.cast((ops.mod(place, factor) + 0.5) / factor - 0.5, own.dtype)
        map_ = own * (1 - ops.abs(shift)) + before * ops.relu(-shift) + after * ops.relu(shift)
    return keras.Model(given, map_, name=name)


def fitting(shapes: tuple[OpenShape, ...], name: str) -> keras.Model:
    """Build a model of two maps that gives the first one the size of the second, which is at most twice as
    large: cut at its end, or with zeros added there."""
    map_, other = given = [keras.Input(shape) for shape in shapes]
    for axis, (here, there) in enumerate(zip(*(shape[:-1] for shape in shapes), strict=True), start=1):
        if here is None or there is None:
            map_ = _fitted(map_, other, axis)
        elif there > here:
            map_ = ops.pad(map_, [(0, there - here if each == axis else 0) for each in range(map_.ndim)])
        elif there < here:
            map_ = map_[(*[slice(None)] * axis, slice(there))]
    return keras.Model(given, map_, name=name)


def _fitted(map_: Any, other: Any, axis: int) -> Any:
    """Give an open dimension of a map the size of another map, which is known when the model runs."""
    line = tuple(slice(None) if each == axis else 0 for each in range(other.ndim))
    positions = ops.cumsum(ops.ones_like(other[line], dtype="int32")) - 1
    longer = ops.concatenate([map_, ops.zeros_like(map_)], axis=axis)
    return ops.take(longer, positions, axis=axis)


def broadcast(shapes: tuple[OpenShape, ...], name: str) -> keras.Model:
    """Build a model of a map of size 1 and another map that repeats the first at every position of the
    second."""
    one, other = given = [keras.Input(shape) for shape in shapes]
    return keras.Model(given, one + ops.zeros_like(other[..., :1]), name=name)


def tiled_convolution(layer: layers.TiledConvolution, shape: OpenShape, name: str) -> keras.Model:
    """Build a tiled convolution: a convolution for each kernel, at its positions only, and their outputs in
    turn.

    Each convolution has the strides of all times the number of kernels, so that together they multiply as
    often as one; every kernel gets equally many positions, and those beyond the output are cut off.
    """
    given = keras.Input(shape)
    sizes = [size for size in shape[:-1] if size is not None]
    dimensions = len(sizes)
    kernel, strides, tiles = (
        each(numbers, dimensions) for numbers in (layer.kernel_size, layer.strides, layer.tiles)
    )
    output = layer.output_shape((*sizes, 1))[:-1]
    rows = zip(sizes, output, kernel, strides, tiles, strict=True)
    spans = [_tiled_span(*row, layer.padding) for row in rows]
    around = ops.pad(given, [(0, 0), *((before, after) for before, after, _ in spans), (0, 0)])
    parts = {}
    for place in product(*map(range, tiles)):
        starts = (turn * step for turn, step in zip(place, strides, strict=True))
        box = (slice(start, stop) for start, (_, _, stop) in zip(starts, spans, strict=True))
        parts[place] = getattr(keras.layers, f"Conv{dimensions}D")(
            layer.filters,
            kernel,
            tuple(map(mul, strides, tiles)),
            use_bias=layer.use_bias,
            kernel_initializer=layer.kernel_initializer,
        )(around[(slice(None), *box)])
    inside = (slice(None), *(slice(size) for size in output))
    return keras.Model(given, _in_turn(parts, tiles)[inside], name=name)


def _tiled_span(
    size: int, output: int, kernel: int, strides: int, tiles: int, padding: str
) -> tuple[int, int, int]:
    """Return the padding before and after one dimension, and the end of its last window: with them every
    kernel has equally many positions."""
    missing = max(0, (output - 1) * strides + kernel - size) if padding == "same" else 0
    before = missing // 2
    stop = (-(-output // tiles) * tiles - 1) * strides + kernel
    return before, max(0, stop - before - size), stop


def _in_turn(parts: dict[tuple[int, ...], Any], tiles: tuple[int, ...]) -> Any:
    """Return the map whose positions are those of the parts in turn, along one dimension after the other.

    The parts are concatenated along the next axis, and that axis is cut again: in row-major order the first
    position of each part comes first, then the second of each.
    """
    for axis in reversed(range(1, len(tiles) + 1)):
        count = tiles[axis - 1]
        outer = dict.fromkeys(place[:-1] for place in parts)
        joined = {}
        for place in outer:
            row = [parts[(*place, turn)] for turn in range(count)]
            sizes = list(row[0].shape[1:])
            sizes[axis - 1] *= count
            beside = ops.concatenate(row, axis=axis + 1) if count > 1 else row[0]
            joined[place] = ops.reshape(beside, (-1, *sizes))
        parts = joined
    return parts[()]


def unshared_convolution(layer: layers.UnsharedConvolution, shape: OpenShape, name: str) -> keras.Model:
    """Build a locally connected layer: the window of each position times that position's kernel."""
    given = keras.Input(shape)
    windows = _windows(given, layer)
    letters = "xyz"[: len(shape) - 1]
    multiply = keras.layers.EinsumDense(
        f"b{letters}i,{letters}io->b{letters}o",
        output_shape=(*windows.shape[1:-1], layer.filters),
        bias_axes=f"{letters}o" if layer.use_bias else None,
        kernel_initializer=_of_one_position(layer.kernel_initializer),
    )
    return keras.Model(given, multiply(windows), name=name)


def _windows(given: Any, layer: layers.UnsharedConvolution) -> Any:
    """Return the windows, `(batch, *positions, window)`; Keras has no such operation in one dimension."""
    dimensions = len(given.shape) - 2
    size, strides = each(layer.kernel_size, dimensions), each(layer.strides, dimensions)
    if dimensions == 1:
        flat = ops.expand_dims(given, 2)
        windows = ops.image.extract_patches(flat, (*size, 1), strides=(*strides, 1), padding=layer.padding)
        return ops.squeeze(windows, 2)
    return ops.image.extract_patches(given, size, strides=strides, padding=layer.padding)


def _of_one_position(name: str) -> Any:
    """Return an initializer scaled for one position's kernel; Keras's counts the positions as outputs."""
    plain = keras.initializers.get(name)
    return keras.initializers.VarianceScaling(
        plain.scale, plain.mode, plain.distribution, input_axes=[-2], output_axes=[-1]
    )
