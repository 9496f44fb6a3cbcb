"""Short labels of layers for a diagram."""

from collections.abc import Callable
from typing import Any

from cnnsearch.architecture import layers
from cnnsearch.architecture.per_dimension import Numbers, each

FOLLOWERS = {
    "batch_normalization",
    "layer_normalization",
    "group_normalization",
    "local_response",
    "activation",
    "dropout",
    "scale",
}
"""Layers that are named in the box of the preceding layer."""
KINDS = {
    "conv": "conv",
    "transposed_conv": "conv",
    "depthwise_conv": "conv",
    "tiled_conv": "conv",
    "unshared_conv": "conv",
    "fixed_filters": "conv",
    "pool": "pool",
    "adaptive_pool": "pool",
    "global_pool": "pool",
    "dense": "dense",
}
_NORMALIZATIONS = {
    "batch_normalization": "batch norm",
    "layer_normalization": "layer norm",
    "group_normalization": "group norm",
    "local_response": "local response norm",
}
_DROPOUTS = {"number": "dropout", "channel": "spatial dropout", "example": "stochastic depth"}


def kind_of(layer: layers.Layer) -> str:
    """Return the kind of a layer, which sets the colour of its box."""
    return KINDS.get(layer.type, "other")


def label(layer: layers.Layer, dimensions: int) -> str:
    """Return the label of a layer, such as `conv 3×3, 64 /2`."""
    write = _WRITERS.get(type(layer))
    if write is not None:
        return write(layer, dimensions)
    return _NORMALIZATIONS.get(layer.type, layer.type.replace("_", " "))


def _window(size: Numbers, dimensions: int) -> str:
    return "×".join(map(str, each(size, dimensions)))


def _numbers(numbers: Numbers) -> str:
    """Return one number, or one per dimension as a window."""
    return str(numbers) if isinstance(numbers, int) else _window(numbers, len(numbers))


def _step(strides: Numbers) -> str:
    return f" /{_numbers(strides)}" if strides != 1 else ""


def _convolution(layer: Any, dimensions: int) -> str:
    word = layer.type.replace("_", " ")
    groups, dilation = getattr(layer, "groups", 1), getattr(layer, "dilation_rate", 1)
    extras = f", {groups} groups" * (groups > 1) + f", dilated {_numbers(dilation)}" * (dilation != 1)
    if isinstance(layer, layers.TiledConvolution):
        extras = f", {_window(layer.tiles, dimensions)} tiles"
    return f"{word} {_window(layer.kernel_size, dimensions)}, {layer.filters}{extras}{_step(layer.strides)}"


def _depthwise(layer: Any, dimensions: int) -> str:
    return f"depthwise {_window(layer.kernel_size, dimensions)}{_step(layer.strides)}"


def _pooling(layer: Any, dimensions: int) -> str:
    return f"{layer.kind} pool {_window(layer.pool_size, dimensions)}{_step(layer.strides)}"


_WRITERS: dict[type[layers.Layer], Callable[[Any, int], str]] = {
    layers.Convolution: _convolution,
    layers.TiledConvolution: _convolution,
    layers.UnsharedConvolution: _convolution,
    layers.DepthwiseConvolution: _depthwise,
    layers.Pooling: _pooling,
    layers.AdaptivePooling: lambda layer, n: f"max of {_window(layer.bins, n)} parts",
    layers.GlobalPooling: lambda layer, n: f"global {layer.kind}",
    layers.FullyConnected: lambda layer, n: f"dense {layer.units}",
    layers.Activation: lambda layer, n: layer.function.replace("_", " "),
    layers.Dropout: lambda layer, n: f"{_DROPOUTS[layer.unit]} {layer.rate:.2g}",
    layers.Spectrogram: lambda layer, n: f"spectrogram {layer.window_size}{_step(layer.hop)}",
    layers.FixedFilters: lambda layer, n: f"{len(layer.kernels)} fixed filters",
    layers.ZeroPadding: lambda layer, n: f"zero padding {_numbers(layer.amount)}",
}
