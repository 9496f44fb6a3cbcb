"""Layers with several inputs."""

from dataclasses import dataclass

from cnnsearch.architecture.layers.base import Layer, Shape


@dataclass(frozen=True, slots=True)
class Add(Layer):
    """Sum of inputs of the same shape."""

    type = "add"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Multiply(Layer):
    """Product of a feature map and a map of size 1 that holds a factor for each channel."""

    type = "multiply"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Concatenate(Layer):
    """Concatenation of the channels of inputs of the same spatial size; `float32` whatever the precision."""

    type = "concatenate"
    float32: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))
