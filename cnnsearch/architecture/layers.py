"""The layers that networks are made of, with the arithmetic of each: shape, weights, MACs, window.

A layer here is one layer of the Keras model: `cnnsearch.models.layers` builds it. Shapes leave the
batch out and have the channels last: `(*spatial, channels)`, or `(features,)` once flattened.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

Shape = tuple[int, ...]


class Layer(ABC):
    """One layer: what it makes of its inputs' shapes, and what that costs."""

    __slots__ = ()
    type: ClassVar[str]
    """The layer's word in tables and layer names."""

    @abstractmethod
    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape of the output, given the shape of each input; all sizes may come out below one."""

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        """How many weights training changes, and how many others the layer holds."""
        return 0, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Multiply-accumulates of one example's forward pass; only products with a kernel count."""
        return 0

    @property
    def window(self) -> tuple[int, int]:
        """How many neighbouring positions one output sees along a dimension, and the stride."""
        return 1, 1


class SameShape(Layer):
    """A layer that leaves the shape as it is."""

    __slots__ = ()

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


def window_positions(size: int, kernel: int, strides: int, padding: str) -> int:
    """How often a window fits along one dimension, as Keras counts: `same` ceil(n / s), `valid`
    floor((n - k) / s) + 1. Zero or less means that it does not fit."""
    if padding == "same":
        return -(-size // strides)
    return (size - kernel) // strides + 1


def slide(shape: Shape, kernel: int, strides: int, padding: str, channels: int) -> Shape:
    """The shape after sliding a window over every spatial dimension."""
    return (*(window_positions(n, kernel, strides, padding) for n in shape[:-1]), channels)


@dataclass(frozen=True, slots=True)
class Rescaling(SameShape):
    """`x * scale + offset`, by channel or with one number for all; constants, not weights."""

    type = "rescaling"
    scale: tuple[float, ...]
    offset: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Convolution(Layer):
    """A convolution in as many dimensions as its input has."""

    type = "conv"
    filters: int
    kernel_size: int
    strides: int = 1
    padding: str = "same"
    dilation_rate: int = 1
    groups: int = 1
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    @property
    def window(self) -> tuple[int, int]:
        return self.dilation_rate * (self.kernel_size - 1) + 1, self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return slide(inputs[0], self.window[0], self.strides, self.padding, self.filters)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return self._kernel(inputs[0]) + self.use_bias * self.filters, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(output[:-1]) * self._kernel(inputs[0])

    def _kernel(self, shape: Shape) -> int:
        return int(self.kernel_size ** (len(shape) - 1)) * (shape[-1] // self.groups) * self.filters


@dataclass(frozen=True, slots=True)
class Pooling(Layer):
    """Max or average pooling."""

    kind: str
    pool_size: int
    strides: int
    padding: str = "valid"
    type = "pool"

    @property
    def window(self) -> tuple[int, int]:
        return self.pool_size, self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return slide(inputs[0], self.pool_size, self.strides, self.padding, inputs[0][-1])


@dataclass(frozen=True, slots=True)
class GlobalPooling(Layer):
    """One number a channel: the largest or the mean over all positions."""

    kind: str
    type = "global_pool"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0][-1:]


@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """All positions and channels as one vector."""

    type = "flatten"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (math.prod(inputs[0]),)


@dataclass(frozen=True, slots=True)
class BatchNormalization(SameShape):
    """Ioffe & Szegedy 2015: scale and offset are trained, mean and variance are tracked."""

    type = "batch_normalization"
    momentum: float
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 2 * inputs[0][-1]


@dataclass(frozen=True, slots=True)
class LayerNormalization(SameShape):
    """Ba et al. 2016, over the channels of each position."""

    type = "layer_normalization"
    epsilon: float

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return 2 * inputs[0][-1], 0


@dataclass(frozen=True, slots=True)
class Activation(SameShape):
    """A detector function, by its Keras name."""

    type = "activation"
    function: str
    float32: bool = False
    """Whether the output is float32 under mixed precision too, as probabilities have to be."""


@dataclass(frozen=True, slots=True)
class Dropout(SameShape):
    """Srivastava et al. 2014: in training, a share of the numbers is dropped."""

    type = "dropout"
    rate: float


@dataclass(frozen=True, slots=True)
class FullyConnected(Layer):
    """Each unit sees every feature."""

    type = "dense"
    units: int
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], self.units)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return (inputs[0][-1] + self.use_bias) * self.units, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return inputs[0][-1] * math.prod(output)
