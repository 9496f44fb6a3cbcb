"""Layers that Keras lacks, as small models of Keras layers and operations.

A saved network has no custom layers, so Keras loads it without this package.
"""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from cnnsearch.architecture import layers
from cnnsearch.architecture.per_dimension import each

OpenShape = tuple[int | None, ...]


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


def unshared_convolution(layer: layers.UnsharedConvolution, shape: OpenShape, name: str) -> keras.Model:
    """Build a locally connected layer: the window of each position times that position's kernel."""
    given = keras.Input(shape)
    windows = _windows(given, layer)
    letters = "xyz"[: len(shape) - 1]
    product = keras.layers.EinsumDense(
        f"b{letters}i,{letters}io->b{letters}o",
        output_shape=(*windows.shape[1:-1], layer.filters),
        bias_axes=f"{letters}o" if layer.use_bias else None,
        kernel_initializer=_of_one_position(layer.kernel_initializer),
    )
    return keras.Model(given, product(windows), name=name)


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
