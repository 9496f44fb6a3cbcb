"""A network as data: input, stem, stages, decoder, head and outputs, and its layout as a graph of layers."""

from typing import Annotated, ClassVar, Literal

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
from cnnsearch.architecture.decoder import Decoder, Strides
from cnnsearch.architecture.filters import AnyFixedFilter
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.outputs import Output

Scaling = Literal["none", "unit", "symmetric", "standardize"]
Size = Annotated[int, Field(ge=1)]


class Spectrogram(Description):
    """Spectrogram of a signal, computed inside the network: decibels over frequency and time."""

    dimensions: ClassVar[tuple[int, ...]] = (1,)
    window: int = Field(256, ge=2, description="Samples of a frame, which gives half as many frequencies.")
    hop: int = Field(128, ge=1, description="Samples from one frame to the next.")
    dynamic_range: float = Field(
        80.0, gt=0, description="Decibels below the loudest value of an example that are seen."
    )


class Input(Description):
    """The input of a network, and the constants that rescale it.

    `scale` and `offset` hold one number, or one per channel: the first layer computes `x * scale + offset`.
    If the size is open, the analysis is for `shape`.
    """

    shape: tuple[Size, ...] = Field(min_length=2, max_length=4)
    scaling: Scaling = Field(
        "unit",
        description="`unit` rescales the dataset's range to 0..1, `symmetric` to -1..1, `standardize` each "
        "channel to mean 0 and variance 1; `none` changes nothing.",
    )
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    size: Literal["fixed", "open"] = Field(
        "fixed", description="With `open` the network also predicts examples of other sizes."
    )
    spectrogram: Spectrogram | None = None
    fixed_filters: tuple[AnyFixedFilter, ...] = Field(
        (), description="Untrained filters before the first block."
    )
    filtered: Literal["append", "replace"] = Field(
        "append",
        description="Whether the outputs of the fixed filters are appended to the channels or replace them.",
    )


class Stage(Description):
    """Blocks at one resolution, and the downsampling after them."""

    name: str = ""
    blocks: tuple[AnyBlock, ...] = ()
    downsample: tuple[AnyBlock, ...] = ()


class Head(Description):
    """The layers between the last feature map and the output."""

    blocks: tuple[AnyBlock, ...] = ()
    pooling: AnyHeadPooling = GlobalAverage()
    dense: tuple[Dense, ...] = ()
    dropout: Rate = Field(0.0, description="Fraction of the features dropped before the output.")


class Architecture(Description):
    """The description of a network, from which it is analyzed and built."""

    input: Input
    stem: tuple[AnyBlock, ...] = ()
    stages: tuple[Stage, ...] = ()
    decoder: Decoder | None = Field(None, exclude_if=lambda decoder: decoder is None)
    head: Head = Head()
    outputs: tuple[Output, ...] = Field(
        min_length=1, description="Of the same form; the channels of several are concatenated in this order."
    )


def output_stride(architecture: Architecture) -> Strides:
    """Return the distance of neighbouring positions of the outputs along each dimension, in positions of the
    input.

    Raises:
        InfeasibleArchitectureError: As for `layout`.
    """
    graph = layout(architecture)
    return graph.stride(len(graph.nodes) - 1)


def layout(architecture: Architecture) -> Graph:
    """Return the graph of a network's layers.

    Raises:
        InfeasibleArchitectureError: A feature map is empty, or Keras cannot build a layer.
    """
    graph = Graph(architecture.input.shape, architecture.input.size == "open")
    whole = _prepared(graph, architecture.input)
    maps: dict[Strides, int] = {}
    with graph.within("stem"):
        node = _blocks(graph, whole, architecture.stem, maps)
    stages, decoder = architecture.stages, architecture.decoder
    if decoder is not None and stages:  # the way back begins at the last stage's blocks
        stages = (*stages[:-1], stages[-1].model_copy(update={"downsample": ()}))
    node = _stages(graph, node, stages, maps)
    graph.last_map = node
    if decoder is not None:
        with graph.within("decoder"):
            node = decoder.add_to(graph, node, maps, whole)
    return _head(graph, node, architecture, whole)


def _prepared(graph: Graph, given: Input) -> int:
    node = -1
    if given.scaling != "none":
        is_exact = given.spectrogram is not None  # the quietest frequencies need every digit
        node = graph.add(layers.Rescaling(given.scale, given.offset, float32=is_exact), node)
    if given.spectrogram is not None:
        form = given.spectrogram
        node = graph.add(layers.Spectrogram(form.window, form.hop, form.dynamic_range), node)
    if given.fixed_filters:
        parts = given.fixed_filters
        kernels = tuple(kernel for part in parts for kernel in part.kernels(graph.dimensions))
        node = graph.add(layers.FixedFilters(kernels, given.filtered == "append"), node)
    return node


def _stages(graph: Graph, node: int, stages: tuple[Stage, ...], maps: dict[Strides, int]) -> int:
    total, done = sum(len(stage.blocks) for stage in stages), 0
    for number, stage in enumerate(stages):
        with graph.within(stage.name or f"stage{number}"):
            for place, block in enumerate(stage.blocks):
                done += 1
                graph.depth_share = done / total
                with graph.within(block.name or f"block{place}"):
                    node = block.add_to(graph, node)
                    node = block.close(graph, node) if done == total else node
                maps[graph.stride(node)] = node
            for block in stage.downsample:
                node = block.add_to(graph, node)
    graph.depth_share = 1.0
    return node


def _blocks(
    graph: Graph, node: int, blocks: tuple[AnyBlock, ...], maps: dict[Strides, int] | None = None
) -> int:
    for number, block in enumerate(blocks):
        with graph.within(block.name or f"block{number}"):
            node = block.add_to(graph, node)
        if maps is not None:
            maps[graph.stride(node)] = node
    return node


def _head(graph: Graph, node: int, architecture: Architecture, whole: int) -> Graph:
    head, is_pooled = architecture.head, architecture.outputs[0].form == "vector"
    with graph.within("head"):
        node = _blocks(graph, node, head.blocks)
        if is_pooled:
            graph.last_map = node
            node = head.pooling.before(graph, node)
        for number, dense in enumerate(head.dense):
            with graph.within(f"dense{number}"):
                node = dense.add_to(graph, node)
        if head.dropout:
            node = graph.add(layers.Dropout(head.dropout), node)
    ends = [output.add_to(graph, node, head.pooling, whole) for output in architecture.outputs]
    if len(ends) > 1:
        graph.add(layers.Concatenate(float32=True), *ends, name="outputs")
    return graph
