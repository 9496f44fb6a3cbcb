"""Blocks of one convolution with normalization, activation and dropout."""

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
from cnnsearch.architecture.per_dimension import NotNegative, Numbers, Positive, each, merged, resolved
from cnnsearch.errors import InfeasibleArchitectureError

Filters = Annotated[int, Field(ge=1, description="Number of output channels.")]
KernelSize = Annotated[Positive, Field(description="Kernel size along each dimension.")]
Strides = Annotated[Positive, Field(description="Stride along each dimension.")]
DilationRate = Annotated[Positive, Field(description="Dilation rate along each dimension.")]
Padding = Annotated[
    Literal["valid", "same", "full"] | NotNegative,
    Field(
        description="`same` keeps the size at strides 1, `valid` adds no padding, `full` pads so that the "
        "kernel covers every position that overlaps the map; a number is the positions of zeros that are "
        "added at both ends of each dimension."
    ),
]
DepthMultiplier = Annotated[int, Field(ge=1, description="Output channels per input channel.")]


class Detector(Block):
    """Base of blocks with convolutions: bias, normalization, activation and dropout."""

    use_bias: bool = Field(True, description="Whether to add a bias to each channel.")
    activation: ActivationName = Field("relu", description="Activation function.")
    normalization: AnyNormalization | None = Field(None, description="Normalization of the feature maps.")
    dropout: Rate = Field(0.0, description="Fraction of the outputs dropped during training.")
    spatial_dropout: Rate = Field(0.0, description="Fraction of the channels dropped during training.")
    kernel_initializer: InitializerName = Field(
        "glorot_uniform", description="Initializer of the kernel weights."
    )

    def convolved(
        self,
        graph: Graph,
        node: int,
        filters: int,
        kernel_size: Numbers = 1,
        strides: Numbers = 1,
        name: str = "conv",
        dilation_rate: Numbers = 1,
    ) -> int:
        """Add a convolution with padding `same` and return its number."""
        layer = layers.Convolution(
            filters,
            kernel_size,
            strides,
            dilation_rate=dilation_rate,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer,
        )
        return graph.add(layer, node, name=name)

    def normalized(self, graph: Graph, node: int) -> int:
        """Add the normalization, if any, and return the number of the last layer."""
        return node if self.normalization is None else self.normalization.add_to(graph, node)

    def detected(self, graph: Graph, node: int) -> int:
        """Add normalization and activation in their order and return the number of the last layer."""
        if self.normalization is not None and self.normalization.follows_activation:
            return self.normalized(graph, activated(graph, node, self.activation))
        return activated(graph, self.normalized(graph, node), self.activation)

    def finished(self, graph: Graph, node: int) -> int:
        """Add normalization, activation and dropout and return the number of the last layer."""
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
    groups: int = Field(1, ge=1, description="Groups of channels that are convolved separately.")

    def add_to(self, graph: Graph, node: int) -> int:
        kernel, strides, dilation = windows(graph, self.kernel_size, self.strides, self.dilation_rate)
        self._check_groups(graph.shape(node)[-1])
        node, padding = padded(graph, node, self.padding, kernel, dilation)
        layer = layers.Convolution(
            self.filters,
            kernel,
            strides,
            padding,
            dilation,
            self.groups,
            self.use_bias,
            self.kernel_initializer,
        )
        return self.finished(graph, graph.add(layer, node))

    def _check_groups(self, channels: int) -> None:
        if channels % self.groups or self.filters % self.groups:
            raise InfeasibleArchitectureError(
                f"groups must divide the input channels and the filters; found {self.groups} groups, "
                f"{channels} channels and {self.filters} filters",
                limit="groups",
            )


class StridedConv(Conv):
    """Convolution that halves the feature map (Springenberg et al. 2015)."""

    type: Literal["strided_conv"] = "strided_conv"  # type: ignore[assignment]
    strides: Strides = 2


class Depthwise(Detector, ABC):
    """Base of blocks that convolve each channel separately."""

    kernel_size: KernelSize = 3
    strides: Strides = 1
    padding: Padding = "same"
    dilation_rate: DilationRate = 1
    depth_multiplier: DepthMultiplier = 1

    def spread(self, graph: Graph, node: int, use_bias: bool, name: str = "") -> int:
        """Add the depthwise convolution and return its number."""
        kernel, strides, dilation = windows(graph, self.kernel_size, self.strides, self.dilation_rate)
        node, padding = padded(graph, node, self.padding, kernel, dilation)
        layer = layers.DepthwiseConvolution(
            kernel,
            strides,
            padding,
            dilation,
            self.depth_multiplier,
            use_bias,
            self.kernel_initializer,
        )
        return graph.add(layer, node, name=name)


class DepthwiseConv(Depthwise):
    """Convolution of each channel separately (Howard et al. 2017, MobileNets, section 3.1)."""

    type: Literal["depthwise_conv"] = "depthwise_conv"

    def add_to(self, graph: Graph, node: int) -> int:
        return self.finished(graph, self.spread(graph, node, self.use_bias))


class SeparableConv(Depthwise):
    """Depthwise convolution, then a 1x1 convolution (Chollet 2017, Xception, section 1.2)."""

    type: Literal["separable_conv"] = "separable_conv"
    filters: Filters

    def add_to(self, graph: Graph, node: int) -> int:
        node = self.spread(graph, node, use_bias=False, name="depthwise")
        return self.finished(graph, self.convolved(graph, node, self.filters, name="pointwise"))


class TiledConv(Detector):
    """Convolution whose kernels take turns over the positions: between `conv`, with one tile, and
    `unshared_conv` (Goodfellow et al. 2016, Deep Learning, section 9.5)."""

    type: Literal["tiled_conv"] = "tiled_conv"
    needs_fixed_size: ClassVar[bool] = True
    filters: Filters
    kernel_size: KernelSize = 3
    tiles: Positive = Field(2, description="Number of kernels that take turns along each dimension.")
    strides: Strides = 1
    padding: Padding = "same"

    def add_to(self, graph: Graph, node: int) -> int:
        kernel, strides, _ = windows(graph, self.kernel_size, self.strides)
        tiles = resolved(self.tiles, graph.dimensions)
        node, padding = padded(graph, node, self.padding, kernel)
        node = graph.add(self._layer(kernel, tiles, strides, padding), node)
        self._check_tiles(tiles, graph.shape(node)[:-1])
        return self.finished(graph, node)

    def _layer(self, kernel: Numbers, tiles: Numbers, strides: Numbers, padding: str) -> layers.Layer:
        """Return the layer: one kernel is a convolution, also for the comparison of candidates."""
        bias, initializer = self.use_bias, self.kernel_initializer
        if tiles == 1:
            return layers.Convolution(
                self.filters, kernel, strides, padding, use_bias=bias, kernel_initializer=initializer
            )
        return layers.TiledConvolution(self.filters, kernel, tiles, strides, padding, bias, initializer)

    def _check_tiles(self, tiles: Numbers, sizes: layers.Shape) -> None:
        if any(number > size for number, size in zip(each(tiles, len(sizes)), sizes, strict=True)):
            raise InfeasibleArchitectureError(
                "each kernel of a tiled convolution must have a position of the output; found tiles "
                f"{self.tiles} and an output of {'x'.join(map(str, sizes))} positions",
                limit="tiles",
            )


class UnsharedConv(Detector):
    """Locally connected layer: a separate kernel for each position (Goodfellow et al. 2016, Deep Learning,
    section 9.5)."""

    type: Literal["unshared_conv"] = "unshared_conv"
    needs_fixed_size: ClassVar[bool] = True
    filters: Filters
    kernel_size: KernelSize = 3
    strides: Strides = 1
    padding: Padding = "same"

    def add_to(self, graph: Graph, node: int) -> int:
        kernel, strides, _ = windows(graph, self.kernel_size, self.strides)
        node, padding = padded(graph, node, self.padding, kernel)
        layer = layers.UnsharedConvolution(
            self.filters, kernel, strides, padding, self.use_bias, self.kernel_initializer
        )
        return self.finished(graph, graph.add(layer, node))


def windows(
    graph: Graph, kernel_size: int | str, strides: int | str, dilation_rate: int | str = 1
) -> tuple[Numbers, Numbers, Numbers]:
    """Return kernel size, strides and dilation rate as a layer of the graph holds them.

    Raises:
        InfeasibleArchitectureError: A value has another number of dimensions, or strides and dilation rate
            are both above 1.
    """
    kernel, step, dilation = (
        resolved(value, graph.dimensions) for value in (kernel_size, strides, dilation_rate)
    )
    if step != 1 and dilation != 1:
        raise InfeasibleArchitectureError(
            "Keras supports no convolution with both strides and dilation_rate above 1; found strides "
            f"{strides} and dilation_rate {dilation_rate}",
            limit="strides with dilation_rate",
        )
    return kernel, step, dilation


def padded(
    graph: Graph, node: int, padding: int | str, kernel: Numbers, dilation: Numbers = 1
) -> tuple[int, str]:
    """Return the input node and padding of a convolution; `full` and numbers add zeros, then use `valid`."""
    if padding in ("valid", "same"):
        return node, str(padding)
    if padding == "full":
        reach = each(layers.dilated(kernel, dilation), graph.dimensions)
        amount = merged(tuple(positions - 1 for positions in reach))
    else:
        amount = resolved(padding, graph.dimensions)
    return (graph.add(layers.ZeroPadding(amount), node) if amount else node), "valid"
