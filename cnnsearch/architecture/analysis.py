"""Architecture -> Analysis: shapes, weights, multiply-accumulates and memory by arithmetic alone."""

import math
from dataclasses import dataclass
from functools import cached_property

from cnnsearch.architecture.layers import Shape
from cnnsearch.architecture.network import Architecture, layout

FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One row of a network's table."""

    name: str
    type: str
    output_shape: Shape
    num_weights: int
    num_trainable_weights: int
    macs: int
    receptive_field: int


@dataclass(frozen=True)
class Analysis:
    """What an architecture costs, for one example."""

    layers: tuple[LayerSummary, ...]
    final_size: int
    """The smallest side of the feature map that the head reads."""

    @cached_property
    def num_weights(self) -> int:
        """All weights, as `keras.Model.count_params` counts them."""
        return sum(layer.num_weights for layer in self.layers)

    @cached_property
    def num_trainable_weights(self) -> int:
        """The weights that training changes."""
        return sum(layer.num_trainable_weights for layer in self.layers)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of a forward pass; FLOPs would be twice that."""
        return sum(layer.macs for layer in self.layers)

    @cached_property
    def activation_bytes(self) -> int:
        """Bytes of all layers' outputs in float32: what training keeps for the backward pass, at most."""
        return FLOAT32_BYTES * sum(math.prod(layer.output_shape) for layer in self.layers)

    @property
    def receptive_field(self) -> int:
        """Neighbouring input positions, along a dimension, that the last feature map sees."""
        return self.layers[-1].receptive_field

    @property
    def counts(self) -> dict[str, int]:
        """Every count that a constraint can bound, by its name."""
        return {
            "weights": self.num_weights,
            "trainable_weights": self.num_trainable_weights,
            "macs": self.macs,
            "activation_bytes": self.activation_bytes,
            "layers": len(self.layers),
            "receptive_field": self.receptive_field,
            "final_size": self.final_size,
        }


COUNTS = (
    "weights", "trainable_weights", "macs", "activation_bytes", "layers", "receptive_field", "final_size",
)  # fmt: skip


def analyze(architecture: Architecture) -> Analysis:
    """Computes every layer's shape and cost without building anything.

    Raises:
        InfeasibleArchitectureError: A feature map vanishes, or Keras has no such layer.
    """
    graph = layout(architecture)
    rows = []
    for node in graph.nodes:
        shapes = [graph.shape(given) for given in node.inputs]
        trainable, other = node.layer.num_weights(*shapes)
        macs = node.layer.macs(node.shape, *shapes)
        rows.append(
            LayerSummary(
                node.name,
                node.layer.type,
                node.shape,
                trainable + other,
                trainable,
                macs,
                node.receptive_field,
            )
        )
    return Analysis(tuple(rows), min(graph.shape(graph.last_map)[:-1]))
