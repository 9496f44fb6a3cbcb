"""The vocabulary: what a space can name, with the fields and defaults of each, and its layers.

These models are the one source of the dialect's words, defaults and bounds: the space's grammar, its
JSON Schema and the documentation read them. A new block is a class here and a name in its table below.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.graph import Graph
from cnnsearch.errors import InfeasibleArchitectureError

ActivationName = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus",
    "mish",
]  # fmt: skip
InitializerName = Literal[
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"
]
Padding = Literal["valid", "same"]
Rate = Annotated[float, Field(ge=0, lt=1)]


class Description(BaseModel):
    """A frozen piece of an architecture that goes to JSON and back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Normalization(Description, ABC):
    """What stands between a convolution and its activation."""

    @abstractmethod
    def layer(self) -> layers.Layer:
        """The layer that normalizes."""


class Batch(Normalization):
    """Batch normalization (Ioffe & Szegedy 2015). Keras's own momentum, 0.99, lags behind in short
    trials: after 200 steps validation would still be judged by stale statistics."""

    type: Literal["batch"] = "batch"
    momentum: float = Field(0.9, ge=0, lt=1, description="Share of the moving statistics kept each step.")
    epsilon: float = Field(1e-3, gt=0, description="Added to the variance.")

    def layer(self) -> layers.Layer:
        return layers.BatchNormalization(self.momentum, self.epsilon)


class LayerNorm(Normalization):
    """Layer normalization over the channels (Ba et al. 2016)."""

    type: Literal["layer"] = "layer"
    epsilon: float = Field(1e-3, gt=0, description="Added to the variance.")

    def layer(self) -> layers.Layer:
        return layers.LayerNormalization(self.epsilon)


NORMALIZATIONS: dict[str, type[Normalization]] = {"batch": Batch, "layer": LayerNorm}
AnyNormalization = Annotated[Batch | LayerNorm, Field(discriminator="type")]


class Block(Description, ABC):
    """A unit of layers that stages, the stem and the head are made of."""

    name: str = Field("", exclude_if=lambda name: not name)

    @abstractmethod
    def add_to(self, graph: Graph, node: int) -> int:
        """Adds the block's layers after `node` and returns the last one's number."""


class Conv(Block):
    """Convolution, then normalization, activation and dropout."""

    type: Literal["conv"] = "conv"
    filters: int = Field(ge=1, description="Channels of the output.")
    kernel_size: int = Field(3, ge=1, description="Positions of the kernel along each dimension.")
    strides: int = Field(1, ge=1, description="Step of the kernel.")
    padding: Padding = Field("same", description="`same` keeps the size at strides 1, `valid` adds nothing.")
    dilation_rate: int = Field(1, ge=1, description="Distance between the kernel's positions.")
    groups: int = Field(1, ge=1, description="Parts of the channels that do not see each other.")
    use_bias: bool = Field(True, description="Whether an offset is added to each channel.")
    activation: ActivationName = Field("relu", description="The detector function.")
    normalization: AnyNormalization | None = Field(None, description="Between convolution and activation.")
    dropout: Rate = Field(0.0, description="Share of the outputs dropped in training.")
    kernel_initializer: InitializerName = Field("glorot_uniform", description="How kernels begin.")

    def add_to(self, graph: Graph, node: int) -> int:
        self._check(graph.shape(node)[-1])
        node = graph.add(
            layers.Convolution(
                self.filters,
                self.kernel_size,
                self.strides,
                self.padding,
                self.dilation_rate,
                self.groups,
                self.use_bias,
                self.kernel_initializer,
            ),
            node,
        )
        if self.normalization is not None:
            node = graph.add(self.normalization.layer(), node)
        return finish(graph, node, self.activation, self.dropout)

    def _check(self, channels: int) -> None:
        if self.strides > 1 and self.dilation_rate > 1:
            raise InfeasibleArchitectureError(
                f"Keras has no convolution with both strides {self.strides} and dilation_rate "
                f"{self.dilation_rate}: one of them must be 1",
                limit="strides with dilation_rate",
            )
        if channels % self.groups or self.filters % self.groups:
            raise InfeasibleArchitectureError(
                f"{self.groups} groups must divide both the {channels} channels that come in and the "
                f"{self.filters} filters",
                limit="groups",
            )


class StridedConv(Conv):
    """A convolution that halves the feature map (Springenberg et al. 2015)."""

    type: Literal["strided_conv"] = "strided_conv"  # type: ignore[assignment]
    strides: int = Field(2, ge=1, description="Step of the kernel.")


class Pool(Block, ABC):
    """A window's largest number or mean."""

    pool_size: int = Field(2, ge=1, description="Positions of the window along each dimension.")
    strides: int | None = Field(None, ge=1, description="Step of the window; by default its size.")
    padding: Padding = Field("valid", description="`same` pads at the border, `valid` drops the rest.")

    def _layer(self, kind: str) -> layers.Layer:
        return layers.Pooling(kind, self.pool_size, self.strides or self.pool_size, self.padding)


class MaxPool(Pool):
    """Max pooling."""

    type: Literal["max_pool"] = "max_pool"

    def add_to(self, graph: Graph, node: int) -> int:
        return graph.add(self._layer("max"), node, name=self.type)


class AveragePool(Pool):
    """Average pooling."""

    type: Literal["average_pool"] = "average_pool"

    def add_to(self, graph: Graph, node: int) -> int:
        return graph.add(self._layer("average"), node, name=self.type)


BLOCKS: dict[str, type[Block]] = {
    "conv": Conv,
    "strided_conv": StridedConv,
    "max_pool": MaxPool,
    "average_pool": AveragePool,
}
AnyBlock = Annotated[Conv | StridedConv | MaxPool | AveragePool, Field(discriminator="type")]


class HeadPooling(Description, ABC):
    """How the last feature map becomes a vector."""

    @abstractmethod
    def layer(self) -> layers.Layer:
        """The layer that makes the vector."""


class FlattenMap(HeadPooling):
    """Every position's channels, one after another."""

    type: Literal["flatten"] = "flatten"

    def layer(self) -> layers.Layer:
        return layers.Flatten()


class GlobalAverage(HeadPooling):
    """Each channel's mean (Lin et al. 2014)."""

    type: Literal["global_average"] = "global_average"

    def layer(self) -> layers.Layer:
        return layers.GlobalPooling("average")


class GlobalMax(HeadPooling):
    """Each channel's largest number."""

    type: Literal["global_max"] = "global_max"

    def layer(self) -> layers.Layer:
        return layers.GlobalPooling("max")


HEAD_POOLINGS: dict[str, type[HeadPooling]] = {
    "flatten": FlattenMap,
    "global_average": GlobalAverage,
    "global_max": GlobalMax,
}
AnyHeadPooling = Annotated[FlattenMap | GlobalAverage | GlobalMax, Field(discriminator="type")]


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
        return finish(graph, node, self.activation, self.dropout)


def finish(graph: Graph, node: int, activation: str, dropout: float) -> int:
    """Adds an activation and dropout, where there is any."""
    if activation != "linear":
        node = graph.add(layers.Activation(activation), node, name=activation)
    return graph.add(layers.Dropout(dropout), node) if dropout else node
