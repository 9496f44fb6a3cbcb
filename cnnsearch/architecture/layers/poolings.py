"""Pooling, flattening and zero padding."""

import math
from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Padding, Shape, slide
from cnnsearch.architecture.per_dimension import Numbers, each


@dataclass(frozen=True, slots=True)
class Pooling(Layer):
    """Maximum, minimum or mean of the positions of the map in each window, without those of the padding."""

    kind: str
    pool_size: Numbers
    strides: Numbers
    padding: Padding = "valid"
    type = "pool"

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        return self.pool_size, self.strides

    def output_shape(self, *inputs: Shape) -> Shape:
        return slide(inputs[0], self.pool_size, self.strides, self.padding, inputs[0][-1])


@dataclass(frozen=True, slots=True)
class AdaptivePooling(Layer):
    """Maximum of each of `bins` bins along every dimension."""

    bins: int
    type = "adaptive_pool"
    gives_fixed_size = True

    def output_shape(self, *inputs: Shape) -> Shape:
        fits = all(size >= self.bins for size in inputs[0][:-1])
        return (*((self.bins if fits else 0) for _ in inputs[0][:-1]), inputs[0][-1])


@dataclass(frozen=True, slots=True)
class GlobalPooling(Layer):
    """Maximum or mean of each channel over all positions.

    Attributes:
        keepdims: Whether to keep the spatial dimensions with size 1.
    """

    kind: str
    keepdims: bool = False
    type = "global_pool"
    gives_fixed_size = True

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = inputs[0][-1:]
        return (*(1 for _ in inputs[0][:-1]), *channels) if self.keepdims else channels


@dataclass(frozen=True, slots=True)
class Flatten(Layer):
    """All positions and channels as one vector."""

    type = "flatten"
    needs_fixed_size = True

    def output_shape(self, *inputs: Shape) -> Shape:
        return (math.prod(inputs[0]),)


@dataclass(frozen=True, slots=True)
class ZeroPadding(Layer):
    """Zero padding of `amount` positions at both ends of every dimension."""

    type = "padding"
    amount: Numbers

    def output_shape(self, *inputs: Shape) -> Shape:
        *sizes, channels = inputs[0]
        amounts = each(self.amount, len(sizes))
        return (*(size + 2 * amount for size, amount in zip(sizes, amounts, strict=True)), channels)
