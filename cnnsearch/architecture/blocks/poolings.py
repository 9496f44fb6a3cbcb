"""Blocks without weights: pooling and local response normalization."""

from abc import ABC
from typing import ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks import normalizations
from cnnsearch.architecture.blocks.base import Block
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.per_dimension import NotNegative, Numbers, Positive, each, resolved
from cnnsearch.errors import InfeasibleArchitectureError


class Pool(Block, ABC):
    """Base of pooling blocks."""

    kind: ClassVar[str]
    pool_size: Positive = Field(2, description="Window size along each dimension.")
    strides: Positive | None = Field(
        None, description="Stride along each dimension; the default is `pool_size`."
    )
    padding: Literal["valid", "same"] | NotNegative = Field(
        "valid",
        description="`same` pads at the border, `valid` drops incomplete windows; a number is the positions "
        "that are added at both ends of each dimension. No padding counts in a maximum, minimum or mean.",
    )

    def add_to(self, graph: Graph, node: int) -> int:
        size, strides = (
            resolved(value, graph.dimensions) for value in (self.pool_size, self.strides or self.pool_size)
        )
        layer = layers.Pooling(self.kind, size, strides, self._padding(graph, size))
        return graph.add(layer, node, name=f"{self.kind}_pool")

    def _padding(self, graph: Graph, size: Numbers) -> layers.Padding:
        """Return the padding as the layer holds it.

        Raises:
            InfeasibleArchitectureError: A window would hold positions of the padding only.
        """
        if self.padding in ("valid", "same"):
            return self.padding
        amount = resolved(self.padding, graph.dimensions)
        pairs = zip(each(amount, graph.dimensions), each(size, graph.dimensions), strict=True)
        if any(added >= positions for added, positions in pairs):
            raise InfeasibleArchitectureError(
                f"the padding of a pool must be smaller than its pool_size; found padding {self.padding} and "
                f"pool_size {self.pool_size}",
                limit="padding of pools",
            )
        return amount or "valid"


class MaxPool(Pool):
    """Maximum of each window."""

    type: Literal["max_pool"] = "max_pool"
    kind: ClassVar[str] = "max"


class AveragePool(Pool):
    """Mean of each window."""

    type: Literal["average_pool"] = "average_pool"
    kind: ClassVar[str] = "average"


class MinPool(Pool):
    """Minimum of each window."""

    type: Literal["min_pool"] = "min_pool"
    kind: ClassVar[str] = "min"


class LocalResponse(Block):
    """Local response normalization as a block (Krizhevsky et al. 2012, section 3.3)."""

    type: Literal["local_response"] = "local_response"
    depth_radius: int = Field(2, ge=1, description="Neighbouring channels on either side.")
    bias: float = Field(2.0, gt=0, description="Constant added to the scaled sum of squares.")
    alpha: float = Field(1e-4, gt=0, description="Factor of the sum of squares.")
    beta: float = Field(0.75, gt=0, description="Exponent of the divisor.")

    def add_to(self, graph: Graph, node: int) -> int:
        fields = self.model_dump(exclude={"name", "type"})
        return normalizations.LocalResponseNorm(**fields).add_to(graph, node)
