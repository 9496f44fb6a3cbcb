"""Layers that change the size of a map: enlarging it, and giving it the size of another one."""

import math
from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape
from cnnsearch.architecture.layers.convolutions import positions
from cnnsearch.architecture.per_dimension import Numbers, each


def enlarged(shape: Shape, factor: Numbers, channels: int) -> Shape:
    """Return the shape of a map whose positions are multiplied by a factor."""
    *sizes, _ = shape
    return (*(size * times for size, times in zip(sizes, each(factor, len(sizes)), strict=True)), channels)


@dataclass(frozen=True, slots=True)
class TransposedConvolution(Layer):
    """Transposed convolution that multiplies the positions by its strides (Zeiler et al. 2010; Long et al.
    2015, section 3.3). Its kernel has the size of the strides, so that kernels do not overlap."""

    type = "transposed_conv"
    filters: int
    strides: Numbers

    @property
    def enlargement(self) -> Numbers:
        return self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return enlarged(inputs[0], self.strides, self.filters)

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        return self._kernel(inputs[0]) + self.filters, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        return math.prod(inputs[0][:-1]) * self._kernel(inputs[0])

    def _kernel(self, shape: Shape) -> int:
        return positions(self.strides, shape) * shape[-1] * self.filters


@dataclass(frozen=True, slots=True)
class Upsampling(Layer):
    """Each position several times along every dimension, or, `bilinear`, values between the positions, linear
    along every dimension."""

    type = "upsampling"
    factor: Numbers
    interpolation: str = "nearest"

    @property
    def enlargement(self) -> Numbers:
        return self.factor

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        return (2 if self.interpolation == "bilinear" else 1), 1

    def output_shape(self, *inputs: Shape) -> Shape:
        return enlarged(inputs[0], self.factor, inputs[0][-1])


@dataclass(frozen=True, slots=True)
class Fitting(Layer):
    """A map with the size of a second one: cut at its end, or with zeros added there."""

    type = "fitting"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[1][:-1], inputs[0][-1])


@dataclass(frozen=True, slots=True)
class Broadcast(Layer):
    """A map of size 1, repeated at every position of a second one."""

    type = "broadcast"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[1][:-1], inputs[0][-1])
