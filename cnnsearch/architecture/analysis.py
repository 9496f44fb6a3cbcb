"""Architecture -> Analysis: shapes, weights, multiply-accumulates (MACs) and memory, by arithmetic."""

import math
from dataclasses import dataclass
from functools import cached_property

from cnnsearch.architecture.layers import Shape
from cnnsearch.architecture.network import Architecture, layout
from cnnsearch.architecture.per_dimension import PerDimension, written

FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """Shape and cost of one layer."""

    name: str
    type: str
    output_shape: Shape
    num_weights: int
    num_trainable_weights: int
    macs: int
    receptive_fields: tuple[int, ...]
    """Receptive field along each dimension, in input positions."""

    @property
    def receptive_field(self) -> int | PerDimension:
        """The receptive field as the dialect writes it: `7`, or `7x3` if it differs between dimensions."""
        return written(self.receptive_fields)


@dataclass(frozen=True)
class Analysis:
    """Shapes and costs of an architecture, for one example."""

    layers: tuple[LayerSummary, ...]
    final_size: int
    """Smallest spatial dimension of the feature map that the head pools."""

    @cached_property
    def num_weights(self) -> int:
        """Number of weights, equal to `keras.Model.count_params`."""
        return sum(layer.num_weights for layer in self.layers)

    @cached_property
    def num_trainable_weights(self) -> int:
        """Number of trainable weights."""
        return sum(layer.num_trainable_weights for layer in self.layers)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of a forward pass; FLOPs are twice this number."""
        return sum(layer.macs for layer in self.layers)

    @cached_property
    def activation_bytes(self) -> int:
        """Bytes of all layer outputs in float32: an upper bound of what backpropagation stores."""
        return FLOAT32_BYTES * sum(math.prod(layer.output_shape) for layer in self.layers)

    @property
    def receptive_field(self) -> int:
        """Smallest receptive field of the last feature map along any dimension, in input positions."""
        return min(self.layers[-1].receptive_fields)

    @property
    def counts(self) -> dict[str, int]:
        """All counts that a constraint can limit, by name."""
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
    """Compute the shape and cost of every layer without building the model.

    Raises:
        InfeasibleArchitectureError: A feature map is empty, or Keras cannot build a layer.
    """
    graph = layout(architecture)
    rows = []
    for node in graph.nodes:
        shapes = [graph.shape(number) for number in node.inputs]
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
