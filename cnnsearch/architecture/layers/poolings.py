"""Layers that bring windows or whole feature maps together, pad them, or lay them flat."""

import math
from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape, slide


@dataclass(frozen=True, slots=True)
class Pooling(Layer):
    """A window's largest or smallest number, or its mean."""

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
class AdaptivePooling(Layer):
    """The largest number in each of `bins` parts along every dimension."""

    bins: int
    type = "adaptive_pool"
    gives_fixed_size = True

    def output_shape(self, *inputs: Shape) -> Shape:
        fits = all(size >= self.bins for size in inputs[0][:-1])
        return (*((self.bins if fits else 0) for _ in inputs[0][:-1]), inputs[0][-1])


@dataclass(frozen=True, slots=True)
class GlobalPooling(Layer):
    """One number a channel: the largest or the mean over all positions.

    Attributes:
        keepdims: Whether every spatial dimension stays, with one position.
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
    """So many zeros at both ends of every dimension."""

    type = "padding"
    amount: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*(size + 2 * self.amount for size in inputs[0][:-1]), inputs[0][-1])
