"""The network's end: how the last feature map becomes a vector, and the dense layers before the output."""

from abc import ABC
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.base import (
    ActivationName,
    Description,
    InitializerName,
    Rate,
    activated,
    dropped,
)
from cnnsearch.architecture.graph import Graph


class HeadPooling(Description, ABC):
    """How a feature map becomes one answer: before the dense layers, or after the output's own."""

    def before(self, graph: Graph, node: int) -> int:
        """Adds what comes before the dense layers and returns the last layer's number."""
        return node

    def after(self, graph: Graph, node: int) -> int:
        """Adds what comes between the output's layer and its activation."""
        return node


class FlattenMap(HeadPooling):
    """Every position's channels, one after another."""

    type: Literal["flatten"] = "flatten"
    needs_fixed_size: ClassVar[bool] = True

    def before(self, graph: Graph, node: int) -> int:
        return graph.add(layers.Flatten(), node)


class GlobalAverage(HeadPooling):
    """Each channel's mean (Lin et al. 2014, section 3.2)."""

    type: Literal["global_average"] = "global_average"

    def before(self, graph: Graph, node: int) -> int:
        return graph.add(layers.GlobalPooling("average"), node, name=self.type)


class GlobalMax(HeadPooling):
    """Each channel's largest number."""

    type: Literal["global_max"] = "global_max"

    def before(self, graph: Graph, node: int) -> int:
        return graph.add(layers.GlobalPooling("max"), node, name=self.type)


class SpatialPyramid(HeadPooling):
    """The largest numbers of 1, 2, 4 ... parts along each dimension, so that maps of any size give one
    length (He et al. 2014, section 2.2)."""

    type: Literal["spatial_pyramid"] = "spatial_pyramid"
    levels: int = Field(3, ge=1, le=6, description="Poolings, each into twice as many parts as the last.")

    def before(self, graph: Graph, node: int) -> int:
        vectors = [graph.add(layers.GlobalPooling("max"), node, name="pyramid0")]
        for level in range(1, self.levels):
            pooled = graph.add(layers.AdaptivePooling(2**level), node, name=f"pyramid{level}")
            vectors.append(graph.add(layers.Flatten(), pooled))
        return graph.add(layers.Concatenate(), *vectors) if len(vectors) > 1 else vectors[0]


class FullyConvolutional(HeadPooling):
    """One map a class, averaged: the dense layers and the output see each position by itself
    (Springenberg et al. 2015, table 1; Long et al. 2015, section 3.1)."""

    type: Literal["fully_convolutional"] = "fully_convolutional"

    def after(self, graph: Graph, node: int) -> int:
        return graph.add(layers.GlobalPooling("average"), node, name="average")


HEAD_POOLINGS: dict[str, type[HeadPooling]] = {
    "flatten": FlattenMap,
    "global_average": GlobalAverage,
    "global_max": GlobalMax,
    "spatial_pyramid": SpatialPyramid,
    "fully_convolutional": FullyConvolutional,
}
AnyHeadPooling = Annotated[
    FlattenMap | GlobalAverage | GlobalMax | SpatialPyramid | FullyConvolutional,
    Field(discriminator="type"),
]


class Dense(Description):
    """A fully connected layer of the head."""

    units: int = Field(128, ge=1, description="Outputs of the layer.")
    use_bias: bool = Field(True, description="Whether an offset is added to each unit.")
    activation: ActivationName = Field("relu", description="The detector function.")
    dropout: Rate = Field(0.0, description="Share of the outputs dropped in training.")
    kernel_initializer: InitializerName = Field("glorot_uniform", description="How kernels begin.")

    def add_to(self, graph: Graph, node: int) -> int:
        """Adds the layers after `node` and returns the last one's number."""
        node = graph.add(layers.FullyConnected(self.units, self.use_bias, self.kernel_initializer), node)
        return dropped(graph, activated(graph, node, self.activation), self.dropout)
