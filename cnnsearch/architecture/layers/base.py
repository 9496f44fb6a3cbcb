"""Base class of layers: output shape, weights, MACs and window.

Shapes omit the batch dimension and have the channels last: `(*spatial, channels)`, or `(features,)` after
flattening.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from cnnsearch.architecture.per_dimension import Numbers, each, merged

Shape = tuple[int, ...]


class Layer(ABC):
    """One layer: its output shape and cost, given the shapes of its inputs."""

    __slots__ = ()
    type: ClassVar[str]
    """Name of the layer type in tables and layer names."""
    needs_fixed_size: ClassVar[bool] = False
    """Whether the layer requires an input of fixed spatial size."""
    gives_fixed_size: ClassVar[bool] = False
    """Whether the output size does not depend on the input size."""
    begins_map: ClassVar[bool] = False
    """Whether the output has dimensions of its own, in whose positions receptive fields are counted."""

    @abstractmethod
    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the output shape; a size below 1 means that the input is too small."""

    def num_weights(self, *inputs: Shape) -> tuple[int, int]:
        """Return the numbers of trainable and of non-trainable weights."""
        return 0, 0

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Return the multiply-accumulates of one example's forward pass; only kernel products count."""
        return 0

    @property
    def window(self) -> tuple[Numbers, Numbers]:
        """Window size and stride along each dimension, in input positions."""
        return 1, 1

    @property
    def enlargement(self) -> Numbers:
        """Output positions for each input position, along each dimension."""
        return 1


class SameShape(Layer):
    """Base of layers whose output shape is their input shape."""

    __slots__ = ()

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


Padding = str | Numbers
"""`same`, `valid`, or the positions added at both ends of each dimension."""


def window_positions(size: int, kernel: int, strides: int, padding: str | int) -> int:
    """Return the number of window positions along one dimension, as in Keras: `same` ceil(n / s), `valid`
    floor((n - k) / s) + 1. Zero or less means that the window does not fit."""
    if padding == "same":
        return -(-size // strides)
    added = padding if isinstance(padding, int) else 0
    return (size + 2 * added - kernel) // strides + 1


def slide(shape: Shape, kernel: Numbers, strides: Numbers, padding: Padding, channels: int) -> Shape:
    """Return the shape after sliding a window over every spatial dimension."""
    *sizes, _ = shape
    paddings = (padding,) * len(sizes) if isinstance(padding, str) else each(padding, len(sizes))
    positions = map(window_positions, sizes, each(kernel, len(sizes)), each(strides, len(sizes)), paddings)
    return (*positions, channels)


def dilated(kernel: Numbers, rate: Numbers) -> Numbers:
    """Return the positions that a dilated kernel spans."""
    if isinstance(kernel, int) and isinstance(rate, int):
        return rate * (kernel - 1) + 1
    dimensions = len(kernel if isinstance(kernel, tuple) else rate)  # type: ignore[arg-type]
    pairs = zip(each(kernel, dimensions), each(rate, dimensions), strict=True)
    return merged(tuple(step * (size - 1) + 1 for size, step in pairs))
