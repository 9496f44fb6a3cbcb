"""The graph of a network: its layers in order, each checked against its inputs when it is added.

The analysis and the Keras builder read the same graph, so their results agree.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import floordiv, mul
from typing import NamedTuple

from cnnsearch.architecture.layers import Layer, Shape
from cnnsearch.architecture.per_dimension import each
from cnnsearch.errors import InfeasibleArchitectureError


class LayerNode(NamedTuple):
    """One layer of a graph, with its inputs and shape."""

    name: str
    layer: Layer
    inputs: tuple[int, ...]
    """Numbers of the input nodes; -1 is the network's input."""
    shape: Shape
    receptive_field: tuple[int, ...]
    """Receptive field of one output position along each dimension, in positions of the input or, after it, of
    the spectrogram."""
    stride: tuple[int, ...]
    """Distance of neighbouring output positions along each dimension, in the same positions."""
    is_open: bool
    """Whether the spatial size of the output depends on an input of open size."""


class Graph:
    """The layers of one network, in order.

    Args:
        input_shape: `(*spatial, channels)` of one example.
        is_open: Whether the network also accepts examples of other sizes.

    Attributes:
        dimensions: Number of spatial dimensions of the last layer's map.
        depth_share: Position of the current block among all blocks of the stages, up to 1 for the last.
        last_map: The node whose feature map the head pools.
    """

    def __init__(self, input_shape: Shape, is_open: bool = False) -> None:
        self.input_shape = input_shape
        self.dimensions = len(input_shape) - 1
        self.depth_share = 1.0
        self.last_map = -1
        self._is_open = is_open
        self.nodes: list[LayerNode] = []
        self._prefix = ""
        self._names: set[str] = set()

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Prefix the names of all layers added inside with `name`."""
        outer, self._prefix = self._prefix, f"{self._prefix}{name}_" if name else self._prefix
        yield
        self._prefix = outer

    def shape(self, node: int) -> Shape:
        """Return the output shape of a node; -1 is the network's input."""
        return self.nodes[node].shape if node >= 0 else self.input_shape

    def stride(self, node: int) -> tuple[int, ...]:
        """Return the distance of neighbouring positions of a node along each dimension."""
        return self.nodes[node].stride if node >= 0 else (1,) * self.dimensions

    def is_open(self, node: int) -> bool:
        """Return whether the spatial size of a node depends on an input of open size."""
        return self.nodes[node].is_open if node >= 0 else self._is_open

    def add(self, layer: Layer, *inputs: int, name: str = "") -> int:
        """Add a layer that reads the nodes `inputs` and return its number.

        Raises:
            InfeasibleArchitectureError: A dimension of the output is empty, or the layer needs a fixed size
                but the size of its input is open.
        """
        shapes = [self.shape(node) for node in inputs]
        shape = layer.output_shape(*shapes)
        name = self._unique(self._prefix + (name or layer.type))
        if min(shape) < 1:
            input_size = "x".join(str(n) for n in shapes[0])
            raise InfeasibleArchitectureError(
                f"the feature map vanishes: the input of {name}, {input_size}, is too small",
                limit="vanished feature map",
            )
        is_open = any(map(self.is_open, inputs))
        if is_open and layer.needs_fixed_size:
            raise InfeasibleArchitectureError(
                f"{name} needs an input of fixed size; the network's input size is open",
                limit="open input size",
            )
        if layer.begins_map:
            self.dimensions = len(shape) - 1
        field, stride = self._seen(layer, inputs)
        is_open = is_open and not layer.gives_fixed_size
        self.nodes.append(LayerNode(name, layer, inputs, shape, field, stride, is_open))
        return len(self.nodes) - 1

    def _seen(self, layer: Layer, inputs: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return receptive field and stride after a layer (Araujo et al. 2019, equations 2 and 3)."""
        field = stride = (1,) * self.dimensions
        for node in inputs:
            if node >= 0 and not layer.begins_map:
                field = tuple(map(max, field, self.nodes[node].receptive_field))
                stride = self.nodes[node].stride
        positions, strides = (each(numbers, self.dimensions) for numbers in layer.window)
        widened = (f + (p - 1) * s for f, p, s in zip(field, positions, stride, strict=True))
        enlargement = each(layer.enlargement, self.dimensions)
        return tuple(widened), tuple(map(floordiv, map(mul, stride, strides), enlargement))

    def _unique(self, name: str) -> str:
        candidate, number = name, 2
        while candidate in self._names:
            candidate, number = f"{name}_{number}", number + 1
        self._names.add(candidate)
        return candidate
