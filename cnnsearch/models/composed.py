"""Layers that Keras does not have, as small models of its own layers and operations.

A saved network holds nothing of ours that way: whoever has Keras can load it.
"""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from cnnsearch.architecture import layers

OpenShape = tuple[int | None, ...]


def min_pooling(layer: layers.Pooling, shape: OpenShape, name: str) -> keras.Model:
    """The smallest number of each window: the largest of the negated ones, negated."""
    given = keras.Input(shape)
    word = f"MaxPooling{len(shape) - 1}D"
    largest = getattr(keras.layers, word)(layer.pool_size, layer.strides, layer.padding)(-given)
    return keras.Model(given, -largest, name=name)


def local_response(layer: layers.LocalResponse, shape: OpenShape, name: str) -> keras.Model:
    """`x / (bias + alpha * sum of squares of the neighbouring channels) ** beta`."""
    given = keras.Input(shape)
    channels, radius = shape[-1], layer.depth_radius
    assert channels is not None
    squares = ops.pad(ops.square(given), [(0, 0)] * len(shape) + [(radius, radius)])
    sums = sum(squares[..., shift : shift + channels] for shift in range(2 * radius + 1))
    return keras.Model(given, given * ops.power(layer.bias + layer.alpha * sums, -layer.beta), name=name)


def channel_scale(layer: layers.ChannelScale, shape: OpenShape, name: str) -> Any:
    """One trained factor a channel."""
    letters = "xyz"[: len(shape) - 1]
    return keras.layers.EinsumDense(
        f"b{letters}c,c->b{letters}c",
        output_shape=shape,
        kernel_initializer=keras.initializers.Constant(layer.initial),
        name=name,
    )


def fixed_filters(layer: layers.FixedFilters, shape: OpenShape, name: str) -> keras.Model:
    """Every channel correlated with every kernel; the kernels are constants of the model."""
    given = keras.Input(shape)
    dimensions, channels = len(shape) - 1, shape[-1]
    assert channels is not None
    kernels = np.asarray(layer.kernels, np.float32).T.reshape((3,) * dimensions + (1, -1))
    each = (given[..., channel : channel + 1] for channel in range(channels))
    filtered = [ops.conv(one, kernels, padding="same") for one in each]
    ends = ops.concatenate([given, *filtered] if layer.append else filtered, axis=-1)
    return keras.Model(given, ends, name=name)


def adaptive_pooling(layer: layers.AdaptivePooling, shape: OpenShape, name: str) -> keras.Model:
    """The largest number of each part, dimension by dimension; sizes may be open.

    Part i of b begins at floor(i n / b) and ends before ceil((i + 1) n / b), so that parts of a size that b
    does not divide overlap, and none is empty.
    """
    given = keras.Input(shape)
    map_ = given
    for axis in range(1, len(shape)):
        ones = ops.ones_like(map_)
        position = ops.cumsum(ones, axis=axis) - 1.0  # the way to count along an open dimension
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
    """The window of each position, multiplied with a kernel of its own."""
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
    """`(batch, *positions, window)`; Keras has no such operation in one dimension."""
    size, strides, dimensions = layer.kernel_size, layer.strides, len(given.shape) - 2
    if dimensions == 1:
        flat = ops.expand_dims(given, 2)
        windows = ops.image.extract_patches(flat, (size, 1), strides=(strides, 1), padding=layer.padding)
        return ops.squeeze(windows, 2)
    return ops.image.extract_patches(
        given, (size,) * dimensions, strides=(strides,) * dimensions, padding=layer.padding
    )


def _of_one_position(name: str) -> Any:
    """The initializer as for one position's kernel: by itself Keras would count the positions as outputs."""
    plain = keras.initializers.get(name)
    return keras.initializers.VarianceScaling(
        plain.scale, plain.mode, plain.distribution, input_axes=[-2], output_axes=[-1]
    )
