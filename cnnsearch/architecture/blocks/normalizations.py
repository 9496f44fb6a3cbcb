"""Normalizations before or after the activation of a convolution."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.base import Description
from cnnsearch.architecture.graph import Graph
from cnnsearch.errors import InfeasibleArchitectureError

Epsilon = Annotated[float, Field(gt=0, description="Constant added to the variance.")]


class Normalization(Description, ABC):
    """Normalization of a feature map."""

    follows_activation: ClassVar[bool] = False
    """Whether the normalization is placed after the activation instead of before it."""

    @abstractmethod
    def layer(self) -> layers.Layer:
        """Return the normalization layer."""

    def add_to(self, graph: Graph, node: int) -> int:
        """Add the layer after `node` and return its number."""
        return graph.add(self.layer(), node)


class BatchNorm(Normalization):
    """Batch normalization (Ioffe & Szegedy 2015). The momentum is below the Keras default of 0.99, whose
    moving statistics are still far from those of the data after the 200 steps of a short trial."""

    type: Literal["batch"] = "batch"
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum of the moving mean and variance.")
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.BatchNormalization(self.momentum, self.epsilon)


class LayerNorm(Normalization):
    """Layer normalization over the channels of each position (Ba et al. 2016)."""

    type: Literal["layer"] = "layer"
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.LayerNormalization(self.epsilon)


class Group(Normalization):
    """Group normalization: over groups of channels of each example (Wu & He 2018)."""

    type: Literal["group"] = "group"
    groups: int = Field(8, ge=1, description="Number of channel groups; must divide the channels.")
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.GroupNormalization(self.groups, self.epsilon)

    def add_to(self, graph: Graph, node: int) -> int:
        channels = graph.shape(node)[-1]
        if channels % self.groups:
            raise InfeasibleArchitectureError(
                "the groups of group normalization must divide the channels; found "
                f"{self.groups} groups and {channels} channels",
                limit="groups of the normalization",
            )
        return super().add_to(graph, node)


class Instance(Normalization):
    """Instance normalization: over each channel of each example (Ulyanov et al. 2016)."""

    type: Literal["instance"] = "instance"
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.GroupNormalization(-1, self.epsilon)


class LocalResponseNorm(Normalization):
    """Local response normalization, after the activation (Krizhevsky et al. 2012, section 3.3)."""

    type: Literal["local_response"] = "local_response"
    follows_activation: ClassVar[bool] = True
    depth_radius: int = Field(2, ge=1, description="Neighbouring channels on either side.")
    bias: float = Field(2.0, gt=0, description="Constant added to the scaled sum of squares.")
    alpha: float = Field(1e-4, gt=0, description="Factor of the sum of squares.")
    beta: float = Field(0.75, gt=0, description="Exponent of the divisor.")

    def layer(self) -> layers.Layer:
        return layers.LocalResponse(self.depth_radius, self.bias, self.alpha, self.beta)


NORMALIZATIONS: dict[str, type[Normalization]] = {
    "batch": BatchNorm,
    "layer": LayerNorm,
    "group": Group,
    "instance": Instance,
    "local_response": LocalResponseNorm,
}
AnyNormalization = Annotated[
    BatchNorm | LayerNorm | Group | Instance | LocalResponseNorm, Field(discriminator="type")
]
