"""A whole network as data: input, stem, stages, head and outputs, and their layout as layers."""

from typing import Annotated, Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks import (
    AnyBlock,
    AnyHeadPooling,
    Dense,
    Description,
    GlobalAverage,
    Rate,
)
from cnnsearch.architecture.filters import AnyFixedFilter
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.outputs import Output
from cnnsearch.architecture.recipe import Recipe

Scaling = Literal["none", "unit", "symmetric", "standardize"]
Size = Annotated[int, Field(ge=1)]


class Input(Description):
    """What comes in, and the constants that bring it to a network's range.

    `scale` and `offset` hold one number, or one for each channel: the network computes
    `x * scale + offset` first. Where the size is open, `shape` is what the network is analyzed for.
    """

    shape: tuple[Size, ...] = Field(min_length=2, max_length=4)
    scaling: Scaling = Field(
        "unit",
        description="`unit` brings the dataset's range to 0..1, `symmetric` to -1..1, `standardize` each "
        "channel to mean 0 and variance 1; `none` leaves it.",
    )
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    size: Literal["fixed", "open"] = Field(
        "fixed", description="`open` makes a network that predicts examples of other sizes too."
    )
    fixed_filters: tuple[AnyFixedFilter, ...] = Field(
        (), description="Filters before the first layer that are not trained."
    )
    filtered: Literal["append", "replace"] = Field(
        "append",
        description="Whether what the fixed filters give comes beside the channels or in their place.",
    )


class Stage(Description):
    """Blocks at one resolution, and what comes after them."""

    name: str = ""
    blocks: tuple[AnyBlock, ...] = ()
    downsample: tuple[AnyBlock, ...] = ()


class Head(Description):
    """From the last feature map to the features that the output reads."""

    blocks: tuple[AnyBlock, ...] = ()
    pooling: AnyHeadPooling = GlobalAverage()
    dense: tuple[Dense, ...] = ()
    dropout: Rate = Field(0.0, description="Share of the features dropped before the output.")


class Architecture(Description):
    """A network, described well enough to analyze and to build it; one with a recipe only to build it."""

    input: Input
    stem: tuple[AnyBlock, ...] = ()
    stages: tuple[Stage, ...] = ()
    head: Head = Head()
    outputs: tuple[Output, ...] = Field(min_length=1, max_length=1)
    recipe: Recipe | None = Field(None, exclude_if=lambda recipe: recipe is None)

    @property
    def num_spatial_dimensions(self) -> int:
        """1 for signals, 2 for pictures, 3 for volumes."""
        return len(self.input.shape) - 1


def layout(architecture: Architecture) -> Graph:
    """Lays a network out as layers.

    Raises:
        InfeasibleArchitectureError: A feature map vanishes, or Keras has no such layer.
    """
    graph = Graph(architecture.input.shape, architecture.input.size == "open")
    node = _prepared(graph, architecture.input)
    with graph.within("stem"):
        node = _blocks(graph, node, architecture.stem)
    node = _stages(graph, node, architecture.stages)
    return _head(graph, node, architecture)


def _prepared(graph: Graph, given: Input) -> int:
    node = -1
    if given.scaling != "none":
        node = graph.add(layers.Rescaling(given.scale, given.offset), node)
    if given.fixed_filters:
        dimensions = len(given.shape) - 1
        kernels = tuple(kernel for part in given.fixed_filters for kernel in part.kernels(dimensions))
        node = graph.add(layers.FixedFilters(kernels, given.filtered == "append"), node)
    return node


def _stages(graph: Graph, node: int, stages: tuple[Stage, ...]) -> int:
    total, done = sum(len(stage.blocks) for stage in stages), 0
    for number, stage in enumerate(stages):
        with graph.within(stage.name or f"stage{number}"):
            for place, block in enumerate(stage.blocks):
                done += 1
                graph.depth_share = done / total
                with graph.within(block.name or f"block{place}"):
                    node = block.add_to(graph, node)
                    node = block.close(graph, node) if done == total else node
            for block in stage.downsample:
                node = block.add_to(graph, node)
    graph.depth_share = 1.0
    return node


def _blocks(graph: Graph, node: int, blocks: tuple[AnyBlock, ...]) -> int:
    for number, block in enumerate(blocks):
        with graph.within(block.name or f"block{number}"):
            node = block.add_to(graph, node)
    return node


def _head(graph: Graph, node: int, architecture: Architecture) -> Graph:
    head = architecture.head
    with graph.within("head"):
        node = _blocks(graph, node, head.blocks)
        graph.last_map = node
        node = head.pooling.before(graph, node)
        for number, dense in enumerate(head.dense):
            with graph.within(f"dense{number}"):
                node = dense.add_to(graph, node)
        if head.dropout:
            node = graph.add(layers.Dropout(head.dropout), node)
    for output in architecture.outputs:
        output.add_to(graph, node, head.pooling)
    return graph
