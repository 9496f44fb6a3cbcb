"""The layers of a network, with the arithmetic of each.

Each layer here is one layer of the Keras model, built by `cnnsearch.models.layers`. To add a layer, write
its class here and its builder there.
"""

from cnnsearch.architecture.layers.base import (
    Layer,
    Padding,
    SameShape,
    Shape,
    dilated,
    slide,
    window_positions,
)
from cnnsearch.architecture.layers.convolutions import (
    Convolution,
    DepthwiseConvolution,
    FixedFilters,
    FullyConnected,
    TiledConvolution,
    UnsharedConvolution,
)
from cnnsearch.architecture.layers.merging import Add, Concatenate, Multiply
from cnnsearch.architecture.layers.pointwise import (
    Activation,
    BatchNormalization,
    ChannelScale,
    Dropout,
    GroupNormalization,
    LayerNormalization,
    LocalResponse,
    Rescaling,
)
from cnnsearch.architecture.layers.poolings import (
    AdaptivePooling,
    Flatten,
    GlobalPooling,
    Pooling,
    ZeroPadding,
)
from cnnsearch.architecture.layers.resampling import (
    Broadcast,
    Fitting,
    TransposedConvolution,
    Upsampling,
)
from cnnsearch.architecture.layers.spectral import Spectrogram

__all__ = [
    "Activation",
    "AdaptivePooling",
    "Add",
    "BatchNormalization",
    "Broadcast",
    "ChannelScale",
    "Concatenate",
    "Convolution",
    "DepthwiseConvolution",
    "Dropout",
    "Fitting",
    "FixedFilters",
    "Flatten",
    "FullyConnected",
    "GlobalPooling",
    "GroupNormalization",
    "Layer",
    "LayerNormalization",
    "LocalResponse",
    "Multiply",
    "Padding",
    "Pooling",
    "Rescaling",
    "SameShape",
    "Shape",
    "Spectrogram",
    "TiledConvolution",
    "TransposedConvolution",
    "UnsharedConvolution",
    "Upsampling",
    "ZeroPadding",
    "dilated",
    "slide",
    "window_positions",
]
