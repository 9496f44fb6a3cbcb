"""Parts of the head: the pooling of the last feature map, and the dense layers before the output."""

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
    """Reduction of the feature map to one vector, before the dense layers or after the output's layer."""

    def before(self, graph: Graph, node: int) -> int:
        """Add the layers before the dense layers and return the number of the last one."""
        return node

    def after(self, graph: Graph, node: int) -> int:
        """Add the layers between the output's dense layer and its activation; return the last number."""
        return node


class FlattenMap(HeadPooling):
    """All positions and channels as one vector."""

    type: Literal["flatten"] = "flatten"
    needs_fixed_size: ClassVar[bool] = True

    def before(self, graph: Graph, node: int) -> int:
        return graph.add(layers.Flatten(), node)


class GlobalAverage(HeadPooling):
    """Mean of each channel (Lin et al. 2014, section 3.2)."""

    type: Literal["global_average"] = "global_average"

    def before(self, graph: Graph, node: int) -> int:
        return graph.add(layers.GlobalPooling("average"), node, name=self.type)


class GlobalMax(HeadPooling):
    """Maximum of each channel."""

    type: Literal["global_max"] = "global_max"

    def before(self, graph: Graph, node: int) -> int:
        return graph.add(layers.GlobalPooling("max"), node, name=self.type)


class SpatialPyramid(HeadPooling):
    """Spatial pyramid pooling: maximum over 1, 2, 4 ... bins along each dimension, a vector of the same
    length for maps of any size (He et al. 2014, section 2.2)."""

    type: Literal["spatial_pyramid"] = "spatial_pyramid"
    levels: int = Field(
        3, ge=1, le=6, description="Number of poolings; each has twice as many bins as the previous one."
    )

    def before(self, graph: Graph, node: int) -> int:
        vectors = [graph.add(layers.GlobalPooling("max"), node, name="pyramid0")]
        for level in range(1, self.levels):
            pooled = graph.add(layers.AdaptivePooling(2**level), node, name=f"pyramid{level}")
            vectors.append(graph.add(layers.Flatten(), pooled))
        return graph.add(layers.Concatenate(), *vectors) if len(vectors) > 1 else vectors[0]


class FullyConvolutional(HeadPooling):
    """Dense layers and output applied at each position, then averaged (Springenberg et al. 2015, table 1;
    Long et al. 2015, section 3.1)."""

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
    """Fully connected layer of the head."""

    units: int = Field(128, ge=1, description="Number of outputs.")
    use_bias: bool = Field(True, description="Whether to add a bias to each unit.")
    activation: ActivationName = Field("relu", description="Activation function.")
    dropout: Rate = Field(0.0, description="Fraction of the outputs dropped during training.")
    kernel_initializer: InitializerName = Field(
        "glorot_uniform", description="Initializer of the kernel weights."
    )

    def add_to(self, graph: Graph, node: int) -> int:
        """Add the layers after `node` and return the number of the last one."""
        node = graph.add(layers.FullyConnected(self.units, self.use_bias, self.kernel_initializer), node)
        return dropped(graph, activated(graph, node, self.activation), self.dropout)
