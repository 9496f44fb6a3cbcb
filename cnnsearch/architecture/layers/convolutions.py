"""Convolutions, the fully connected layer and fixed filters."""

import math
from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape, dilated, slide
from cnnsearch.architecture.per_dimension import Numbers, each


def positions(kernel_size: Numbers, shape: Shape) -> int:
    """Return the number of positions of a kernel on a map of a shape."""
    return math.prod(each(kernel_size, len(shape) - 1))


@dataclass(frozen=True, slots=True)
class Convolution(Layer):
    """Convolution in one, two or three dimensions."""

    type = "conv"
    filters: int
    kernel_size: Numbers
    strides: Numbers = 1
    padding: str = "same"
    dilation_rate: Numbers = 1
    groups: int = 1
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        return dilated(self.kernel_size, self.dilation_rate), self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return slide(inputs[0], self.window[0], self.strides, self.padding, self.filters)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return self._kernel(inputs[0]) + self.use_bias * self.filters, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(output[:-1]) * self._kernel(inputs[0])

    def _kernel(self, shape: Shape) -> int:
        return positions(self.kernel_size, shape) * (shape[-1] // self.groups) * self.filters


@dataclass(frozen=True, slots=True)
class DepthwiseConvolution(Layer):
    """Convolution of each channel separately."""

    type = "depthwise_conv"
    kernel_size: Numbers
    strides: Numbers = 1
    padding: str = "same"
    dilation_rate: Numbers = 1
    depth_multiplier: int = 1
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        return dilated(self.kernel_size, self.dilation_rate), self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = inputs[0][-1] * self.depth_multiplier
        return slide(inputs[0], self.window[0], self.strides, self.padding, channels)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        channels = inputs[0][-1] * self.depth_multiplier
        return (positions(self.kernel_size, inputs[0]) + self.use_bias) * channels, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(output) * positions(self.kernel_size, output)


class _SeveralKernels(Layer):
    """Base of convolutions with different kernels at different positions, each of all channels."""

    __slots__ = ()
    needs_fixed_size = True
    filters: int
    kernel_size: Numbers
    strides: Numbers
    padding: str

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        return self.kernel_size, self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return slide(inputs[0], self.kernel_size, self.strides, self.padding, self.filters)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(output) * positions(self.kernel_size, output) * inputs[0][-1]


@dataclass(frozen=True, slots=True)
class TiledConvolution(_SeveralKernels):
    """Convolution whose kernels take turns over the positions, `tiles` of them along each dimension.

    The position i uses the kernel `i % tiles` and its bias (Goodfellow et al. 2016, Deep Learning, equation
    9.10).
    """

    type = "tiled_conv"
    filters: int
    kernel_size: Numbers
    tiles: Numbers
    strides: Numbers = 1
    padding: str = "same"
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        one = positions(self.kernel_size, inputs[0]) * inputs[0][-1] + self.use_bias
        return positions(self.tiles, inputs[0]) * one * self.filters, 0


@dataclass(frozen=True, slots=True)
class UnsharedConvolution(_SeveralKernels):
    """Locally connected layer: a separate kernel for each position, no shared weights."""

    type = "unshared_conv"
    filters: int
    kernel_size: Numbers
    strides: Numbers = 1
    padding: str = "valid"
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        output = self.output_shape(*inputs)
        return self.macs(output, *inputs) + self.use_bias * math.prod(output), 0


@dataclass(frozen=True, slots=True)
class FullyConnected(Layer):
    """Dense layer over the features; on a feature map, over the channels of each position."""

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
    """Untrained kernels of size 3 along each dimension, applied to each channel.

    Attributes:
        kernels: The values of each kernel, in row-major order.
        append: Whether the output contains the input channels before the filtered ones.
    """

    type = "fixed_filters"
    kernels: tuple[tuple[float, ...], ...]
    append: bool

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        return 3, 1

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], inputs[0][-1] * (len(self.kernels) + self.append))

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(inputs[0]) * sum(len(kernel) for kernel in self.kernels)
