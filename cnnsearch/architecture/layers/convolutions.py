"""Layers whose kernels see a window, and the fully connected one."""

import math
from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape, slide


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
class DepthwiseConvolution(Layer):
    """A convolution of each channel by itself."""

    type = "depthwise_conv"
    kernel_size: int
    strides: int = 1
    padding: str = "same"
    dilation_rate: int = 1
    depth_multiplier: int = 1
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    @property
    def window(self) -> tuple[int, int]:
        return self.dilation_rate * (self.kernel_size - 1) + 1, self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = inputs[0][-1] * self.depth_multiplier
        return slide(inputs[0], self.window[0], self.strides, self.padding, channels)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        channels = inputs[0][-1] * self.depth_multiplier
        return (int(self.kernel_size ** (len(inputs[0]) - 1)) + self.use_bias) * channels, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(output) * int(self.kernel_size ** (len(output) - 1))


@dataclass(frozen=True, slots=True)
class UnsharedConvolution(Layer):
    """A kernel for each position: connections as local as a convolution's, weights that are not shared."""

    type = "unshared_conv"
    needs_fixed_size = True
    filters: int
    kernel_size: int
    strides: int = 1
    padding: str = "valid"
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    @property
    def window(self) -> tuple[int, int]:
        return self.kernel_size, self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return slide(inputs[0], self.kernel_size, self.strides, self.padding, self.filters)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        output = self.output_shape(*inputs)
        return self.macs(output, *inputs) + self.use_bias * math.prod(output), 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(output) * int(self.kernel_size ** (len(output) - 1)) * inputs[0][-1]


@dataclass(frozen=True, slots=True)
class FullyConnected(Layer):
    """Each unit sees every feature; on a feature map, every channel of its position."""

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


@dataclass(frozen=True, slots=True)
class FixedFilters(Layer):
    """Kernels of three positions a dimension that are given and not trained, over each channel.

    Attributes:
        kernels: The numbers of each kernel, in row-major order.
        append: Whether the channels that come in are kept, before the filtered ones.
    """

    type = "fixed_filters"
    kernels: tuple[tuple[float, ...], ...]
    append: bool

    @property
    def window(self) -> tuple[int, int]:
        return 3, 1

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], inputs[0][-1] * (len(self.kernels) + self.append))

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(inputs[0]) * sum(len(kernel) for kernel in self.kernels)
