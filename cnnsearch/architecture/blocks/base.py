"""Base classes of blocks, and functions that add an activation or dropout to a graph."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.graph import Graph

ActivationName = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "tanh",
    "sigmoid", "softplus", "softsign", "exponential", "log_sigmoid", "hard_sigmoid", "hard_silu",
    "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus", "sparse_plus",
    "sparse_sigmoid",
]  # fmt: skip
InitializerName = Literal[
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"
]
Rate = Annotated[float, Field(ge=0, lt=1)]


class Description(BaseModel):
    """A frozen part of an architecture that can be written to JSON and read back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs_fixed_size: ClassVar[bool] = False
    """Whether the part requires an input of fixed spatial size."""
    dimensions: ClassVar[tuple[int, ...]] = (1, 2, 3)
    """Supported numbers of spatial dimensions."""


class Block(Description, ABC):
    """A group of layers, used in the stem, the stages and the head."""

    name: str = Field("", exclude_if=lambda name: not name)

    @abstractmethod
    def add_to(self, graph: Graph, node: int) -> int:
        """Add the layers of the block after `node` and return the number of the last one."""

    def close(self, graph: Graph, node: int) -> int:
        """Add the layers that follow the last block of a network and return the number of the last one."""
        return node


def activated(graph: Graph, node: int, activation: str) -> int:
    """Add an activation unless it is `linear`, and return the number of the last layer."""
    return node if activation == "linear" else graph.add(layers.Activation(activation), node, name=activation)


def dropped(graph: Graph, node: int, rate: float, unit: str = "number") -> int:
    """Add dropout unless the rate is 0, and return the number of the last layer."""
    return graph.add(layers.Dropout(rate, unit), node) if rate else node
