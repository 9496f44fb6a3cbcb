"""Layer descriptions -> Keras layers, one builder per layer type."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from cnnsearch.architecture import layers
from cnnsearch.models import composed

Kernels = layers.Convolution | layers.DepthwiseConvolution


class Site(NamedTuple):
    """The name and inputs of a layer in its model."""

    name: str
    dimensions: int
    """Number of spatial dimensions of the network's maps: 1, 2 or 3."""
    shapes: tuple[composed.OpenShape, ...]
    """Shapes of the layer's inputs without the batch dimension; None for an open size."""

    @property
    def shape(self) -> composed.OpenShape:
        """Shape of the first input."""
        return self.shapes[0]


def build_layer(layer: layers.Layer, site: Site) -> Any:
    """Build a Keras layer, or a small model of Keras operations if Keras has no such layer."""
    return BUILDERS[type(layer)](layer, site)


def _of_dimensions(word: str, dimensions: int, end: str = "") -> Any:
    """Return the Keras class for a number of spatial dimensions, such as `Conv2D`."""
    return getattr(keras.layers, f"{word}{dimensions}D{end}")


def _rescaling(layer: layers.Rescaling, site: Site) -> Any:
    def constant(numbers: tuple[float, ...]) -> float | list[float]:
        return numbers[0] if len(numbers) == 1 else list(numbers)

    dtype = "float32" if layer.float32 else None
    return keras.layers.Rescaling(constant(layer.scale), constant(layer.offset), dtype=dtype, name=site.name)


def _sliding(layer: Kernels, site: Site) -> dict[str, Any]:
    """Return the arguments that all convolutions share."""
    return {
        "kernel_size": layer.kernel_size,
        "strides": layer.strides,
        "padding": layer.padding,
        "dilation_rate": layer.dilation_rate,
        "use_bias": layer.use_bias,
        "name": site.name,
    }


def _convolution(layer: layers.Convolution, site: Site) -> Any:
    return _of_dimensions("Conv", site.dimensions)(
        layer.filters,
        groups=layer.groups,
        kernel_initializer=layer.kernel_initializer,
        **_sliding(layer, site),
    )


def _depthwise_convolution(layer: layers.DepthwiseConvolution, site: Site) -> Any:
    """Build a depthwise convolution; with a group per channel where Keras or TensorFlow has none.

    Keras has none in three dimensions, TensorFlow none whose strides differ between the dimensions.
    """
    if site.dimensions == 3 or not isinstance(layer.strides, int):
        channels = site.shape[-1]
        assert channels is not None
        return _of_dimensions("Conv", site.dimensions)(
            channels * layer.depth_multiplier,
            groups=channels,
            kernel_initializer=layer.kernel_initializer,
            **_sliding(layer, site),
        )
    return _of_dimensions("DepthwiseConv", site.dimensions)(
        depth_multiplier=layer.depth_multiplier,
        depthwise_initializer=layer.kernel_initializer,
        **_sliding(layer, site),
    )


def _pooling(layer: layers.Pooling, site: Site) -> Any:
    if layer.kind == "min" or not isinstance(layer.padding, str):
        return composed.pooling(layer, site.shape, site.name)
    word = {"max": "MaxPooling", "average": "AveragePooling"}[layer.kind]
    return _of_dimensions(word, site.dimensions)(
        layer.pool_size, layer.strides, layer.padding, name=site.name
    )


def _global_pooling(layer: layers.GlobalPooling, site: Site) -> Any:
    word = {"max": "GlobalMaxPooling", "average": "GlobalAveragePooling"}[layer.kind]
    return _of_dimensions(word, site.dimensions)(keepdims=layer.keepdims, name=site.name)


def _activation(layer: layers.Activation, site: Site) -> Any:
    dtype = "float32" if layer.float32 else None
    return keras.layers.Activation(layer.function, dtype=dtype, name=site.name)


def _dropout(layer: layers.Dropout, site: Site) -> Any:
    once = (1,) * site.dimensions
    shape = {"number": None, "channel": (None, *once, site.shape[-1]), "example": (None, *once, 1)}[
        layer.unit
    ]
    return keras.layers.Dropout(layer.rate, noise_shape=shape, name=site.name)


def _dense(layer: layers.FullyConnected, site: Site) -> Any:
    return keras.layers.Dense(
        layer.units, use_bias=layer.use_bias, kernel_initializer=layer.kernel_initializer, name=site.name
    )


def _transposed_convolution(layer: layers.TransposedConvolution, site: Site) -> Any:
    return _of_dimensions("Conv", site.dimensions, "Transpose")(
        layer.filters, kernel_size=layer.strides, strides=layer.strides, padding="same", name=site.name
    )


def _upsampling(layer: layers.Upsampling, site: Site) -> Any:
    if layer.interpolation == "nearest":
        return _of_dimensions("UpSampling", site.dimensions)(layer.factor, name=site.name)
    if site.dimensions == 2 and None not in site.shape:  # otherwise Keras cannot
        return keras.layers.UpSampling2D(layer.factor, interpolation=layer.interpolation, name=site.name)
    return composed.linear_upsampling(layer, site.shape, site.name)


BUILDERS: dict[type[layers.Layer], Callable[[Any, Site], Any]] = {
    layers.Rescaling: _rescaling,
    layers.Spectrogram: lambda layer, site: composed.spectrogram(layer, site.shape, site.name),
    layers.FixedFilters: lambda layer, site: composed.fixed_filters(layer, site.shape, site.name),
    layers.Convolution: _convolution,
    layers.DepthwiseConvolution: _depthwise_convolution,
    layers.TiledConvolution: lambda layer, site: composed.tiled_convolution(layer, site.shape, site.name),
    layers.TransposedConvolution: _transposed_convolution,
    layers.Upsampling: _upsampling,
    layers.Fitting: lambda layer, site: composed.fitting(site.shapes, site.name),
    layers.Broadcast: lambda layer, site: composed.broadcast(site.shapes, site.name),
    layers.UnsharedConvolution: lambda layer, site: composed.unshared_convolution(
        layer, site.shape, site.name
    ),
    layers.Pooling: _pooling,
    layers.AdaptivePooling: lambda layer, site: composed.adaptive_pooling(layer, site.shape, site.name),
    layers.GlobalPooling: _global_pooling,
    layers.ZeroPadding: lambda layer, site: _of_dimensions("ZeroPadding", site.dimensions)(
        layer.amount, name=site.name
    ),
    layers.Flatten: lambda layer, site: keras.layers.Flatten(name=site.name),
    layers.BatchNormalization: lambda layer, site: keras.layers.BatchNormalization(
        momentum=layer.momentum, epsilon=layer.epsilon, name=site.name
    ),
    layers.LayerNormalization: lambda layer, site: keras.layers.LayerNormalization(
        epsilon=layer.epsilon, name=site.name
    ),
    layers.GroupNormalization: lambda layer, site: keras.layers.GroupNormalization(
        layer.groups, epsilon=layer.epsilon, name=site.name
    ),
    layers.LocalResponse: lambda layer, site: composed.local_response(layer, site.shape, site.name),
    layers.Activation: _activation,
    layers.Dropout: _dropout,
    layers.ChannelScale: lambda layer, site: composed.channel_scale(layer, site.shape, site.name),
    layers.FullyConnected: _dense,
    layers.Add: lambda layer, site: keras.layers.Add(name=site.name),
    layers.Multiply: lambda layer, site: keras.layers.Multiply(name=site.name),
    layers.Concatenate: lambda layer, site: keras.layers.Concatenate(
        dtype="float32" if layer.float32 else None, name=site.name
    ),
}
