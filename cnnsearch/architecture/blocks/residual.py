"""Blocks with a shortcut connection: residual, inverted residual, ConvNeXt."""

from typing import Annotated, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.base import ActivationName, Rate, activated, dropped
from cnnsearch.architecture.blocks.convolutions import (
    Detector,
    DilationRate,
    Filters,
    KernelSize,
    Strides,
    windows,
)
from cnnsearch.architecture.blocks.normalizations import AnyNormalization, LayerNorm
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.per_dimension import Numbers, resolved

StochasticDepth = Annotated[
    Rate,
    Field(
        description="Fraction of the examples for which the last block is skipped during training; earlier "
        "blocks are skipped less often, in proportion to their position."
    ),
]
SqueezeExcitation = Annotated[bool, Field(description="Whether to add squeeze-and-excitation.")]
Expansion = Annotated[float, Field(gt=0)]
SqueezeRatio = Annotated[int, Field(ge=1, description="Reduction ratio of squeeze-and-excitation.")]


def expanded(channels: int, expansion: float) -> int:
    """Return the channels times the expansion factor, at least 1."""
    return max(1, round(channels * expansion))


class Shortcut(Detector):
    """Base of blocks with a shortcut connection."""

    stochastic_depth: StochasticDepth = 0.0

    def joined(self, graph: Graph, node: int, shortcut: int) -> int:
        """Add stochastic depth (Huang et al. 2016, equation 4) and the sum with the shortcut."""
        rate = self.stochastic_depth * graph.depth_share
        return graph.add(layers.Add(), dropped(graph, node, rate, "example"), shortcut)

    def excited(self, graph: Graph, node: int, units: int) -> int:
        """Add squeeze-and-excitation (Hu et al. 2018, section 3) and return the number of the last layer."""
        factors = graph.add(layers.GlobalPooling("average", keepdims=True), node, name="squeeze")
        factors = self.convolved(graph, factors, max(1, units), name="squeeze_conv")
        factors = graph.add(layers.Activation("relu"), factors, name="squeeze_relu")
        factors = self.convolved(graph, factors, graph.shape(node)[-1], name="excite_conv")
        factors = graph.add(layers.Activation("sigmoid"), factors, name="excite_sigmoid")
        return graph.add(layers.Multiply(), node, factors, name="excite")


class Residual(Shortcut):
    """Residual block: convolutions with a shortcut, a projection if the shapes differ (He et al. 2016a,
    section 3; with `pre_activation` He et al. 2016b, figure 4e)."""

    type: Literal["residual"] = "residual"
    filters: Filters
    kernel_size: KernelSize = 3
    strides: Strides = 1
    dilation_rate: DilationRate = 1
    bottleneck: bool = Field(
        False, description="Whether to use one convolution between two 1x1 convolutions, instead of two."
    )
    expansion: Expansion = Field(
        4.0, description="Output channels of a bottleneck as a multiple of `filters`."
    )
    pre_activation: bool = Field(
        False, description="Whether normalization and activation precede the convolutions."
    )
    squeeze_excitation: SqueezeExcitation = False
    squeeze_ratio: SqueezeRatio = 16

    def add_to(self, graph: Graph, node: int) -> int:
        channels = expanded(self.filters, self.expansion) if self.bottleneck else self.filters
        start = self.detected(graph, node) if self.pre_activation else node
        shortcut = self._shortcut(graph, node, start, channels)
        end = self._computed(graph, start, channels)
        if self.squeeze_excitation:
            end = self.excited(graph, end, channels // self.squeeze_ratio)
        end = self.joined(graph, end, shortcut)
        return end if self.pre_activation else activated(graph, end, self.activation)

    def close(self, graph: Graph, node: int) -> int:
        return self.detected(graph, node) if self.pre_activation else node

    def _computed(self, graph: Graph, node: int, channels: int) -> int:
        """Add the convolutions; only the first is strided, the activation of the last follows the sum."""
        kernel, strides, dilation = windows(graph, self.kernel_size, self.strides, self.dilation_rate)
        sizes: list[Numbers] = [1, kernel, 1] if self.bottleneck else [kernel] * 2
        for number, size in enumerate(sizes):
            is_last = number == len(sizes) - 1
            node = self.convolved(
                graph,
                node,
                channels if is_last else self.filters,
                size,
                strides if number == 0 else 1,
                f"conv{number}",
                1 if size == 1 else dilation,
            )
            if not is_last:
                node = self.finished(graph, node)
            elif not self.pre_activation:
                node = self.normalized(graph, node)
        return node

    def _shortcut(self, graph: Graph, node: int, start: int, channels: int) -> int:
        strides = resolved(self.strides, graph.dimensions)
        if strides == 1 and graph.shape(node)[-1] == channels:
            return node
        projected = self.convolved(graph, start, channels, 1, strides, "shortcut")
        return projected if self.pre_activation else self.normalized(graph, projected)


class InvertedResidual(Shortcut):
    """Inverted residual: 1x1 expansion, depthwise convolution, 1x1 projection (Sandler et al. 2018,
    MobileNetV2, section 3.3)."""

    type: Literal["inverted_residual"] = "inverted_residual"
    filters: Filters
    kernel_size: KernelSize = 3
    strides: Strides = 1
    expansion: Expansion = Field(
        6.0, description="Channels of the depthwise convolution, as a multiple of the input channels."
    )
    squeeze_excitation: SqueezeExcitation = False
    squeeze_ratio: SqueezeRatio = 4

    def add_to(self, graph: Graph, node: int) -> int:
        channels = graph.shape(node)[-1]
        inside, end = expanded(channels, self.expansion), node
        if inside != channels:
            end = self.finished(graph, self.convolved(graph, end, inside, name="expand"))
        kernel, strides, _ = windows(graph, self.kernel_size, self.strides)
        depthwise = layers.DepthwiseConvolution(
            kernel,
            strides,
            use_bias=self.use_bias,
            kernel_initializer=self.kernel_initializer,
        )
        end = self.finished(graph, graph.add(depthwise, end))
        if self.squeeze_excitation:
            end = self.excited(graph, end, inside // self.squeeze_ratio)
        end = self.normalized(graph, self.convolved(graph, end, self.filters, name="project"))
        is_residual = strides == 1 and channels == self.filters
        return self.joined(graph, end, node) if is_residual else end


class ConvNeXt(Shortcut):
    """ConvNeXt block: depthwise convolution, then two 1x1 convolutions (Liu et al. 2022, A ConvNet for the
    2020s, section 2); a separate convolution before them changes size or channels."""

    type: Literal["convnext"] = "convnext"
    filters: Filters
    kernel_size: KernelSize = 7
    strides: Strides = 1
    expansion: Expansion = Field(
        4.0, description="Channels between the 1x1 convolutions, as a multiple of `filters`."
    )
    layer_scale: float = Field(
        1e-6, ge=0, description="Initial value of the trained factor of each channel; 0: no factor."
    )
    activation: ActivationName = Field("gelu", description="Activation function.")
    normalization: AnyNormalization | None = Field(
        LayerNorm(epsilon=1e-6), description="Normalization of the feature maps."
    )

    def add_to(self, graph: Graph, node: int) -> int:
        start = self._resized(graph, node)
        kernel = resolved(self.kernel_size, graph.dimensions)
        depthwise = layers.DepthwiseConvolution(
            kernel, use_bias=self.use_bias, kernel_initializer=self.kernel_initializer
        )
        end = self.normalized(graph, graph.add(depthwise, start))
        end = self.convolved(graph, end, expanded(self.filters, self.expansion), name="expand")
        end = dropped(graph, activated(graph, end, self.activation), self.dropout)
        end = self.convolved(graph, end, self.filters, name="project")
        if self.layer_scale:
            end = graph.add(layers.ChannelScale(self.layer_scale), end)
        return self.joined(graph, dropped(graph, end, self.spatial_dropout, "channel"), start)

    def _resized(self, graph: Graph, node: int) -> int:
        strides = resolved(self.strides, graph.dimensions)
        if strides == 1 and graph.shape(node)[-1] == self.filters:
            return node
        normalized = self.normalized(graph, node)
        return self.convolved(graph, normalized, self.filters, strides, strides, "resize")
