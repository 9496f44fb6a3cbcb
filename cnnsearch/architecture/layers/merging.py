"""Layers that bring several inputs together."""

from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape


@dataclass(frozen=True, slots=True)
class Add(Layer):
    """The sum of inputs of one shape."""

    type = "add"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Multiply(Layer):
    """The product of a feature map and of factors by channel, given as a map of one position."""

    type = "multiply"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Concatenate(Layer):
    """The channels of all inputs, one after another; their maps have one size."""

    type = "concatenate"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))
