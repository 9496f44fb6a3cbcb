"""One builder for each type of layer: the description in, the Keras layer out."""

from collections.abc import Callable
from typing import Any

import keras

from cnnsearch.architecture import layers

Builder = Callable[[Any, str, int], keras.layers.Layer]


def build_layer(layer: layers.Layer, name: str, dimensions: int) -> keras.layers.Layer:
    """Builds one Keras layer.

    Args:
        layer: What to build.
        name: The layer's name in the model.
        dimensions: Spatial dimensions of the network's input: 1, 2 or 3.
    """
    return BUILDERS[type(layer)](layer, name, dimensions)


def _of_dimensions(word: str, dimensions: int) -> Any:
    """Keras's class for so many spatial dimensions, such as `Conv2D`."""
    return getattr(keras.layers, f"{word}{dimensions}D")


def _rescaling(layer: layers.Rescaling, name: str, dimensions: int) -> keras.layers.Layer:
    def constant(numbers: tuple[float, ...]) -> float | list[float]:
        return numbers[0] if len(numbers) == 1 else list(numbers)

    return keras.layers.Rescaling(constant(layer.scale), constant(layer.offset), name=name)


def _convolution(layer: layers.Convolution, name: str, dimensions: int) -> keras.layers.Layer:
    return _of_dimensions("Conv", dimensions)(
        layer.filters,
        layer.kernel_size,
        strides=layer.strides,
        padding=layer.padding,
        dilation_rate=layer.dilation_rate,
        groups=layer.groups,
        use_bias=layer.use_bias,
        kernel_initializer=layer.kernel_initializer,
        name=name,
    )


def _pooling(layer: layers.Pooling, name: str, dimensions: int) -> keras.layers.Layer:
    word = {"max": "MaxPooling", "average": "AveragePooling"}[layer.kind]
    return _of_dimensions(word, dimensions)(layer.pool_size, layer.strides, layer.padding, name=name)


def _global_pooling(layer: layers.GlobalPooling, name: str, dimensions: int) -> keras.layers.Layer:
    word = {"max": "GlobalMaxPooling", "average": "GlobalAveragePooling"}[layer.kind]
    return _of_dimensions(word, dimensions)(name=name)


def _activation(layer: layers.Activation, name: str, dimensions: int) -> keras.layers.Layer:
    dtype = "float32" if layer.float32 else None
    return keras.layers.Activation(layer.function, dtype=dtype, name=name)


def _dense(layer: layers.FullyConnected, name: str, dimensions: int) -> keras.layers.Layer:
    return keras.layers.Dense(
        layer.units, use_bias=layer.use_bias, kernel_initializer=layer.kernel_initializer, name=name
    )


BUILDERS: dict[type[layers.Layer], Builder] = {
    layers.Rescaling: _rescaling,
    layers.Convolution: _convolution,
    layers.Pooling: _pooling,
    layers.GlobalPooling: _global_pooling,
    layers.Flatten: lambda layer, name, dimensions: keras.layers.Flatten(name=name),
    layers.BatchNormalization: lambda layer, name, dimensions: keras.layers.BatchNormalization(
        momentum=layer.momentum, epsilon=layer.epsilon, name=name
    ),
    layers.LayerNormalization: lambda layer, name, dimensions: keras.layers.LayerNormalization(
        epsilon=layer.epsilon, name=name
    ),
    layers.Activation: _activation,
    layers.Dropout: lambda layer, name, dimensions: keras.layers.Dropout(layer.rate, name=name),
    layers.FullyConnected: _dense,
}
