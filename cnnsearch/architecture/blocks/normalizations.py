"""The normalizations that stand beside a convolution's activation."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.base import Description
from cnnsearch.architecture.graph import Graph
from cnnsearch.errors import InfeasibleArchitectureError

Epsilon = Annotated[float, Field(gt=0, description="Added to the variance.")]


class Normalization(Description, ABC):
    """What brings the numbers of a feature map to one range."""

    follows_activation: ClassVar[bool] = False
    """Whether it stands behind the activation, rather than between convolution and activation."""

    @abstractmethod
    def layer(self) -> layers.Layer:
        """The layer that normalizes."""

    def add_to(self, graph: Graph, node: int) -> int:
        """Adds the layer after `node` and returns its number."""
        return graph.add(self.layer(), node)


class BatchNorm(Normalization):
    """Batch normalization (Ioffe & Szegedy 2015). Keras's own momentum, 0.99, lags behind in short
    trials: after 200 steps validation would still be judged by stale statistics."""

    type: Literal["batch"] = "batch"
    momentum: float = Field(0.9, ge=0, lt=1, description="Share of the moving statistics kept each step.")
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.BatchNormalization(self.momentum, self.epsilon)


class LayerNorm(Normalization):
    """Layer normalization over the channels (Ba et al. 2016)."""

    type: Literal["layer"] = "layer"
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.LayerNormalization(self.epsilon)


class Group(Normalization):
    """Group normalization: each example by itself, the channels in groups (Wu & He 2018)."""

    type: Literal["group"] = "group"
    groups: int = Field(8, ge=1, description="Parts of the channels; has to divide them.")
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.GroupNormalization(self.groups, self.epsilon)

    def add_to(self, graph: Graph, node: int) -> int:
        channels = graph.shape(node)[-1]
        if channels % self.groups:
            raise InfeasibleArchitectureError(
                f"group normalization in {self.groups} groups: they must divide the {channels} channels",
                limit="groups of the normalization",
            )
        return super().add_to(graph, node)


class Instance(Normalization):
    """Instance normalization: each channel of each example by itself (Ulyanov et al. 2016)."""

    type: Literal["instance"] = "instance"
    epsilon: Epsilon = 1e-3

    def layer(self) -> layers.Layer:
        return layers.GroupNormalization(-1, self.epsilon)


class LocalResponseNorm(Normalization):
    """Local response normalization, behind the activation (Krizhevsky et al. 2012, section 3.3)."""

    type: Literal["local_response"] = "local_response"
    follows_activation: ClassVar[bool] = True
    depth_radius: int = Field(2, ge=1, description="Neighbouring channels that count, to either side.")
    bias: float = Field(2.0, gt=0, description="Added to the sum of squares.")
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
