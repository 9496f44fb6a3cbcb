"""Blocks that compute without weights: pooling, and normalization where it stands by itself."""

from abc import ABC
from typing import ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks import normalizations
from cnnsearch.architecture.blocks.base import Block
from cnnsearch.architecture.graph import Graph


class Pool(Block, ABC):
    """A window's largest or smallest number, or its mean."""

    kind: ClassVar[str]
    pool_size: int = Field(2, ge=1, description="Positions of the window along each dimension.")
    strides: int | None = Field(None, ge=1, description="Step of the window; by default its size.")
    padding: Literal["valid", "same"] = Field(
        "valid", description="`same` pads at the border, `valid` drops the rest."
    )

    def add_to(self, graph: Graph, node: int) -> int:
        layer = layers.Pooling(self.kind, self.pool_size, self.strides or self.pool_size, self.padding)
        return graph.add(layer, node, name=f"{self.kind}_pool")


class MaxPool(Pool):
    """The largest number in each window."""

    type: Literal["max_pool"] = "max_pool"
    kind: ClassVar[str] = "max"


class AveragePool(Pool):
    """The mean of each window."""

    type: Literal["average_pool"] = "average_pool"
    kind: ClassVar[str] = "average"


class MinPool(Pool):
    """The smallest number in each window."""

    type: Literal["min_pool"] = "min_pool"
    kind: ClassVar[str] = "min"


class LocalResponse(Block):
    """Local response normalization by itself (Krizhevsky et al. 2012, section 3.3)."""

    type: Literal["local_response"] = "local_response"
    depth_radius: int = Field(2, ge=1, description="Neighbouring channels that count, to either side.")
    bias: float = Field(2.0, gt=0, description="Added to the sum of squares.")
    alpha: float = Field(1e-4, gt=0, description="Factor of the sum of squares.")
    beta: float = Field(0.75, gt=0, description="Exponent of the divisor.")

    def add_to(self, graph: Graph, node: int) -> int:
        fields = self.model_dump(exclude={"name", "type"})
        return normalizations.LocalResponseNorm(**fields).add_to(graph, node)
