"""Blocks that concatenate channels: inception, dense blocks and parallel blocks; and blocks in series."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks.base import Block, dropped
from cnnsearch.architecture.blocks.convolutions import Detector, KernelSize, Strides, windows
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.per_dimension import Numbers
from cnnsearch.errors import InfeasibleArchitectureError

if TYPE_CHECKING:
    AnyBlock = Block  # the union of all blocks is in the package, which imports this module

Width = Annotated[int, Field(ge=1)]


class Inception(Detector):
    """Inception module: parallel 1x1, 3x3 and 5x5 convolutions and max pooling, with 1x1 convolutions that
    reduce the channels (Szegedy et al. 2015, figure 2b)."""

    type: Literal["inception"] = "inception"
    filters_1x1: Width = Field(description="Filters of the 1x1 branch.")
    filters_3x3_reduce: Width = Field(
        description="Filters of the 1x1 convolution before the 3x3 convolution."
    )
    filters_3x3: Width = Field(description="Filters of the 3x3 branch.")
    filters_5x5_reduce: Width = Field(
        description="Filters of the 1x1 convolution before the 5x5 convolution."
    )
    filters_5x5: Width = Field(description="Filters of the 5x5 branch.")
    filters_pool: Width = Field(description="Filters of the 1x1 convolution after the pooling.")

    def add_to(self, graph: Graph, node: int) -> int:
        def conv(node: int, filters: int, kernel_size: int, name: str) -> int:
            with graph.within(name):
                return self.finished(graph, self.convolved(graph, node, filters, kernel_size))

        pooled = graph.add(layers.Pooling("max", 3, 1, "same"), node, name="pool")
        branches = (
            conv(node, self.filters_1x1, 1, "1x1"),
            conv(conv(node, self.filters_3x3_reduce, 1, "3x3_reduce"), self.filters_3x3, 3, "3x3"),
            conv(conv(node, self.filters_5x5_reduce, 1, "5x5_reduce"), self.filters_5x5, 5, "5x5"),
            conv(pooled, self.filters_pool, 1, "pool"),
        )
        return graph.add(layers.Concatenate(), *branches)


class DenseBlock(Detector):
    """Dense block: every convolution reads the outputs of all earlier ones (Huang et al. 2017, DenseNet,
    section 3); strides above 1 add a transition before the block."""

    type: Literal["dense_block"] = "dense_block"
    layers: int = Field(4, ge=1, description="Number of convolutions.")
    growth_rate: int = Field(12, ge=1, description="Channels that each convolution adds.")
    narrowing: int = Field(
        4,
        ge=0,
        description="Filters of the 1x1 bottleneck before each convolution, as a multiple of `growth_rate`; "
        "0: no bottleneck.",
    )
    compression: float = Field(
        0.5, gt=0, le=1, description="Fraction of the channels that a transition keeps."
    )
    kernel_size: KernelSize = 3
    strides: Strides = 1

    def add_to(self, graph: Graph, node: int) -> int:
        kernel, strides, _ = windows(graph, self.kernel_size, self.strides)
        if strides != 1:
            with graph.within("transition"):
                node = self._transition(graph, node, strides)
        for number in range(self.layers):
            with graph.within(f"layer{number}"):
                node = graph.add(layers.Concatenate(), node, self._grown(graph, node, kernel))
        return node

    def close(self, graph: Graph, node: int) -> int:
        return self.detected(graph, node)

    def _grown(self, graph: Graph, node: int, kernel: Numbers) -> int:
        node = self.detected(graph, node)
        if self.narrowing:
            node = self.convolved(graph, node, self.narrowing * self.growth_rate, name="narrow")
            node = self.detected(graph, node)
        node = self.convolved(graph, node, self.growth_rate, kernel)
        node = dropped(graph, node, self.dropout)
        return dropped(graph, node, self.spatial_dropout, "channel")

    def _transition(self, graph: Graph, node: int, strides: Numbers) -> int:
        node = self.detected(graph, node)
        node = self.convolved(graph, node, max(1, int(graph.shape(node)[-1] * self.compression)))
        return graph.add(layers.Pooling("average", strides, strides), node, name="pool")


class Series(Block):
    """Blocks in order, combined into one block, for example as a branch.

    An empty series is the identity: as a branch it is a shortcut.
    """

    type: Literal["series"] = "series"
    blocks: tuple["AnyBlock", ...] = Field(description="Blocks of the series, in order.")

    def add_to(self, graph: Graph, node: int) -> int:
        for number, block in enumerate(self.blocks):
            with graph.within(block.name or f"part{number}"):
                node = block.add_to(graph, node)
        return node

    def close(self, graph: Graph, node: int) -> int:
        return self.blocks[-1].close(graph, node) if self.blocks else node


class Parallel(Block):
    """Parallel branches on one input; their output channels are concatenated.

    Without branches the block is the identity.
    """

    type: Literal["parallel"] = "parallel"
    branches: tuple["AnyBlock", ...] = Field(description="Blocks that read the same input.")

    def add_to(self, graph: Graph, node: int) -> int:
        ends = [self._branch(graph, node, number) for number in range(len(self.branches))] or [node]
        if len({graph.shape(end)[:-1] for end in ends}) > 1:
            sizes = ", ".join("x".join(str(n) for n in graph.shape(end)[:-1]) for end in ends)
            raise InfeasibleArchitectureError(
                f"the branches of a parallel block must end in feature maps of the same size; found {sizes}",
                limit="sizes of branches",
            )
        return graph.add(layers.Concatenate(), *ends) if len(ends) > 1 else ends[0]

    def _branch(self, graph: Graph, node: int, number: int) -> int:
        branch = self.branches[number]
        with graph.within(branch.name or f"branch{number}"):
            return branch.close(graph, branch.add_to(graph, node))
