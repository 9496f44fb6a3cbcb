"""What every layer answers: its output's shape, its weights, its MACs, its window.

Shapes leave the batch out and have the channels last: `(*spatial, channels)`, or `(features,)` once
flattened.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

Shape = tuple[int, ...]


class Layer(ABC):
    """One layer: what it makes of its inputs' shapes, and what that costs."""

    __slots__ = ()
    type: ClassVar[str]
    """The layer's word in tables and layer names."""
    needs_fixed_size: ClassVar[bool] = False
    """Whether it cannot be built where the input's spatial size is open."""
    gives_fixed_size: ClassVar[bool] = False
    """Whether its output's size does not follow from its input's."""

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
