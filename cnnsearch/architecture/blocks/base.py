"""What blocks share: the description that goes to JSON and back, and the fields of what computes."""

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
    """A frozen piece of an architecture that goes to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs_fixed_size: ClassVar[bool] = False
    """Whether it cannot be built where the input's spatial size is open."""
    dimensions: ClassVar[tuple[int, ...]] = (1, 2, 3)
    """The numbers of spatial dimensions that it serves."""


class Block(Description, ABC):
    """A unit of layers that stages, the stem and the head are made of."""

    name: str = Field("", exclude_if=lambda name: not name)

    @abstractmethod
    def add_to(self, graph: Graph, node: int) -> int:
        """Adds the block's layers after `node` and returns the last one's number."""

    def close(self, graph: Graph, node: int) -> int:
        """Adds what follows the block where it is a network's last; returns the last layer's number."""
        return node


def activated(graph: Graph, node: int, activation: str) -> int:
    """Adds an activation, where there is any, and returns the last layer's number."""
    return node if activation == "linear" else graph.add(layers.Activation(activation), node, name=activation)


def dropped(graph: Graph, node: int, rate: float, unit: str = "number") -> int:
    """Adds dropout, where there is any, and returns the last layer's number."""
    return graph.add(layers.Dropout(rate, unit), node) if rate else node
