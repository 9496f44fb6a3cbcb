"""The inputs of the layers of one part: from the layers before them, and from other parts of the network."""

from dataclasses import dataclass

from cnnsearch.architecture import layers
from cnnsearch.architecture.graph import Graph

_OF_A_SIZE = (layers.Fitting, layers.Broadcast)
"""Layers that take only the size of their second input."""


@dataclass(frozen=True)
class Flow:
    """The layers of a part, which begins at node `begin`."""

    graph: Graph
    begin: int

    def inputs(self, number: int) -> tuple[int, ...]:
        """Return the inputs of a layer within the part, or from the layer before the part."""
        return tuple(given for given in self._used(number) if given >= self.begin - 1)

    def skips(self, number: int) -> tuple[int, ...]:
        """Return the inputs of a layer from other parts: those of skip connections."""
        return tuple(given for given in self._used(number) if given < self.begin - 1)

    def _used(self, number: int) -> tuple[int, ...]:
        node = self.graph.nodes[number]
        return node.inputs[:1] if isinstance(node.layer, _OF_A_SIZE) else node.inputs
