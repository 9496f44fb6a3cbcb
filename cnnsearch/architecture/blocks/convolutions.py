"""Single convolutions of every kind, each with normalization, activation and dropout."""

from abc import ABC
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.base import (
    ActivationName,
    Block,
    InitializerName,
    Rate,
    activated,
    dropped,
)
from cnnsearch.architecture.blocks.normalizations import AnyNormalization
from cnnsearch.architecture.graph import Graph
from cnnsearch.errors import InfeasibleArchitectureError

Filters = Annotated[int, Field(ge=1, description="Channels of the output.")]
KernelSize = Annotated[int, Field(ge=1, description="Positions of the kernel along each dimension.")]
Strides = Annotated[int, Field(ge=1, description="Step of the kernel.")]
DilationRate = Annotated[int, Field(ge=1, description="Distance between the kernel's positions.")]
Padding = Annotated[
    Literal["valid", "same", "full"],
    Field(
        description="`same` keeps the size at strides 1, `valid` adds nothing, `full` lets the kernel see "
        "every position from every side."
    ),
]
DepthMultiplier = Annotated[int, Field(ge=1, description="Output channels for each channel that comes in.")]


class Detector(Block):
    """What every block that computes shares: bias, normalization, detector function, dropout."""

    use_bias: bool = Field(True, description="Whether an offset is added to each channel.")
    activation: ActivationName = Field("relu", description="The detector function.")
    normalization: AnyNormalization | None = Field(None, description="What normalizes the feature maps.")
    dropout: Rate = Field(0.0, description="Share of the outputs dropped in training.")
    spatial_dropout: Rate = Field(0.0, description="Share of the channels dropped in training, each whole.")
    kernel_initializer: InitializerName = Field("glorot_uniform", description="How kernels begin.")

    def convolved(
        self,
        graph: Graph,
        node: int,
        filters: int,
        kernel_size: int = 1,
        strides: int = 1,
        name: str = "conv",
    ) -> int:
        """Adds a convolution of padding `same` and returns its number."""
        layer = layers.Convolution(
            filters,
            kernel_size,
            strides,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer,
        )
        return graph.add(layer, node, name=name)

    def normalized(self, graph: Graph, node: int) -> int:
        """Adds the normalization, where there is any, and returns the last layer's number."""
        return node if self.normalization is None else self.normalization.add_to(graph, node)

    def detected(self, graph: Graph, node: int) -> int:
        """Adds normalization and detector function in their order; returns the last layer's number."""
        if self.normalization is not None and self.normalization.follows_activation:
            return self.normalized(graph, activated(graph, node, self.activation))
        return activated(graph, self.normalized(graph, node), self.activation)

    def finished(self, graph: Graph, node: int) -> int:
        """Adds all that follows a convolution and returns the last layer's number."""
        node = dropped(graph, self.detected(graph, node), self.dropout)
        return dropped(graph, node, self.spatial_dropout, "channel")


class Conv(Detector):
    """Convolution, then normalization, activation and dropout."""

    type: Literal["conv"] = "conv"
    filters: Filters
    kernel_size: KernelSize = 3
    strides: Strides = 1
    padding: Padding = "same"
    dilation_rate: DilationRate = 1
    groups: int = Field(1, ge=1, description="Parts of the channels that do not see each other.")

    def add_to(self, graph: Graph, node: int) -> int:
        check_dilation(self.strides, self.dilation_rate)
        self._check_groups(graph.shape(node)[-1])
        node, padding = padded(graph, node, self.padding, self.dilation_rate * (self.kernel_size - 1))
        layer = layers.Convolution(
            self.filters,
            self.kernel_size,
            self.strides,
            padding,
            self.dilation_rate,
            self.groups,
            self.use_bias,
            self.kernel_initializer,
        )
        return self.finished(graph, graph.add(layer, node))

    def _check_groups(self, channels: int) -> None:
        if channels % self.groups or self.filters % self.groups:
            raise InfeasibleArchitectureError(
                f"{self.groups} groups must divide both the {channels} channels that come in and the "
                f"{self.filters} filters",
                limit="groups",
            )


class StridedConv(Conv):
    """A convolution that halves the feature map (Springenberg et al. 2015)."""

    type: Literal["strided_conv"] = "strided_conv"  # type: ignore[assignment]
    strides: Strides = 2


class Depthwise(Detector, ABC):
    """What blocks share that convolve each channel by itself."""

    kernel_size: KernelSize = 3
    strides: Strides = 1
    padding: Padding = "same"
    dilation_rate: DilationRate = 1
    depth_multiplier: DepthMultiplier = 1

    def spread(self, graph: Graph, node: int, use_bias: bool, name: str = "") -> int:
        """Adds the convolution and returns its number."""
        check_dilation(self.strides, self.dilation_rate)
        node, padding = padded(graph, node, self.padding, self.dilation_rate * (self.kernel_size - 1))
        layer = layers.DepthwiseConvolution(
            self.kernel_size,
            self.strides,
            padding,
            self.dilation_rate,
            self.depth_multiplier,
            use_bias,
            self.kernel_initializer,
        )
        return graph.add(layer, node, name=name)


class DepthwiseConv(Depthwise):
    """A convolution of each channel by itself (Howard et al. 2017, MobileNets, section 3.1)."""

    type: Literal["depthwise_conv"] = "depthwise_conv"

    def add_to(self, graph: Graph, node: int) -> int:
        return self.finished(graph, self.spread(graph, node, self.use_bias))


class SeparableConv(Depthwise):
    """Each channel by itself, then a mixture of the channels (Chollet 2017, Xception, section 1.2)."""

    type: Literal["separable_conv"] = "separable_conv"
    filters: Filters

    def add_to(self, graph: Graph, node: int) -> int:
        node = self.spread(graph, node, use_bias=False, name="depthwise")
        return self.finished(graph, self.convolved(graph, node, self.filters, name="pointwise"))


class UnsharedConv(Detector):
    """A kernel for each position: locally connected (Goodfellow et al. 2016, Deep Learning, section 9.5)."""

    type: Literal["unshared_conv"] = "unshared_conv"
    needs_fixed_size: ClassVar[bool] = True
    filters: Filters
    kernel_size: KernelSize = 3
    strides: Strides = 1
    padding: Padding = "same"

    def add_to(self, graph: Graph, node: int) -> int:
        node, padding = padded(graph, node, self.padding, self.kernel_size - 1)
        layer = layers.UnsharedConvolution(
            self.filters, self.kernel_size, self.strides, padding, self.use_bias, self.kernel_initializer
        )
        return self.finished(graph, graph.add(layer, node))


def check_dilation(strides: int, dilation_rate: int) -> None:
    """Checks that one of the two is 1.

    Raises:
        InfeasibleArchitectureError: Both are above 1.
    """
    if strides > 1 and dilation_rate > 1:
        raise InfeasibleArchitectureError(
            f"Keras has no convolution with both strides {strides} and dilation_rate "
            f"{dilation_rate}: one of them must be 1",
            limit="strides with dilation_rate",
        )


def padded(graph: Graph, node: int, padding: str, amount: int) -> tuple[int, str]:
    """The node that a convolution reads and the padding it takes: `full` is zeros, then `valid`."""
    if padding != "full":
        return node, padding
    return (graph.add(layers.ZeroPadding(amount), node) if amount else node), "valid"
