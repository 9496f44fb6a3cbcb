"""The decoder: from the encoder's last map back to an earlier resolution, level by level."""

from collections.abc import Mapping
from math import prod
from typing import Literal

from pydantic import Field

from cnnsearch.architecture import layers
from cnnsearch.architecture.blocks import AnyBlock, Block, Description
from cnnsearch.architecture.graph import Graph
from cnnsearch.architecture.per_dimension import Numbers, each, merged
from cnnsearch.errors import InfeasibleArchitectureError

Strides = tuple[int, ...]
Maps = Mapping[Strides, int]
"""The encoder's last node at each stride, in positions of the input along each dimension."""


class Decoder(Description):
    """The way back to an earlier resolution: one level for each resolution of the encoder, or one in all.

    A level enlarges the map to the size of the encoder's last map of that resolution, merges the two, and
    applies the blocks (Ronneberger et al. 2015, section 2; a single level: Chen et al. 2018, Encoder-decoder
    with atrous separable convolution, section 3.1). Where a stride does not divide a size, the
    enlarged map is cut, or zeros are added, at its end. The filters of the blocks are those of the level,
    whatever the blocks hold.
    """

    upsample: Literal["transposed_conv", "bilinear", "nearest"] = Field(
        "transposed_conv", description="How a level enlarges the map."
    )
    skip: Literal["concatenate", "add", "none"] = Field(
        "concatenate", description="How a level merges the encoder's map of its resolution."
    )
    filters: int | None = Field(
        None, ge=1, description="Filters of every level; by default those of the encoder's map."
    )
    stride: int = Field(1, ge=1, description="Input positions between two positions of the last level.")
    levels: Literal["all", "last"] = Field(
        "all",
        description="`all`: a level for each resolution of the encoder down to `stride`; `last`: a single "
        "level, at `stride`.",
    )
    skip_blocks: tuple[AnyBlock, ...] = ()
    blocks: tuple[AnyBlock, ...] = ()

    def add_to(self, graph: Graph, node: int, maps: Maps, whole: int) -> int:
        """Add the levels after `node` and return the number of the last node.

        Args:
            graph: The graph.
            node: The encoder's last node.
            maps: The encoder's maps, from which levels take their size and skip connection.
            whole: A node with the size of the input.

        Raises:
            InfeasibleArchitectureError: The encoder has no map of the decoder's stride.
        """
        last = (self.stride,) * graph.dimensions
        if last not in maps and self.stride > 1:
            found = ", ".join("x".join(map(str, stride)) for stride in maps)
            raise InfeasibleArchitectureError(
                f"the decoder ends at stride {self.stride}; the encoder has maps of the strides {found}",
                limit="stride of the decoder",
            )
        here = graph.stride(node)
        before = [stride for stride in maps if prod(last) <= prod(stride) < prod(here)]
        before = before if self.levels == "all" else []
        for stride in sorted({last, *before} - {here}, key=prod, reverse=True):
            with graph.within(f"level{'x'.join(map(str, dict.fromkeys(stride)))}"):
                node = self._level(graph, node, maps.get(stride), whole, stride)
        return node

    def _level(self, graph: Graph, node: int, skip: int | None, whole: int, stride: Strides) -> int:
        channels = self.filters or graph.shape(node if skip is None else skip)[-1]
        factors = merged(tuple(here // there for here, there in zip(graph.stride(node), stride, strict=True)))
        other = whole if skip is None else skip
        node = fitted(graph, self._enlarged(graph, node, factors, channels), other, factors)
        if skip is not None and self.skip != "none":
            node = self._merged(graph, self._before_merge(graph, skip), node, channels)
        for place, block in enumerate(self.blocks):
            with graph.within(block.name or f"block{place}"):
                node = with_filters(block, channels).add_to(graph, node)
        return self.blocks[-1].close(graph, node) if self.blocks else node

    def _merged(self, graph: Graph, skip: int, node: int, channels: int) -> int:
        if self.skip == "concatenate":
            return graph.add(layers.Concatenate(), skip, node)
        return graph.add(layers.Add(), _matched(graph, skip, channels), _matched(graph, node, channels))

    def _before_merge(self, graph: Graph, skip: int) -> int:
        """Add the blocks for the encoder's map and return the number of the last node."""
        node = skip
        for place, block in enumerate(self.skip_blocks):
            with graph.within(f"skip_{block.name or f'block{place}'}"):
                node = block.add_to(graph, node)
        node = self.skip_blocks[-1].close(graph, node) if self.skip_blocks else node
        if graph.shape(node)[:-1] != graph.shape(skip)[:-1]:
            found, expected = ("x".join(map(str, graph.shape(end)[:-1])) for end in (node, skip))
            raise InfeasibleArchitectureError(
                f"skip_blocks of the decoder make a map of {found} of the encoder's map of {expected}; "
                "expected the same size",
                limit="size of skip connections",
            )
        return node

    def _enlarged(self, graph: Graph, node: int, factor: Numbers, channels: int) -> int:
        if self.upsample == "transposed_conv":
            return graph.add(layers.TransposedConvolution(channels, factor), node)
        return graph.add(layers.Upsampling(factor, self.upsample), node)


def with_filters(block: AnyBlock, filters: int) -> AnyBlock:
    """Return a block of the decoder with the filters of its level, in its own blocks as well."""
    inside = {
        name: tuple(with_filters(part, filters) for part in value)
        for name, value in block
        if isinstance(value, tuple) and all(isinstance(part, Block) for part in value)
    }
    own = {"filters": filters} if "filters" in type(block).model_fields else {}
    return block.model_copy(update=inside | own)


def fitted(graph: Graph, node: int, other: int, factor: Numbers = 1) -> int:
    """Give a map, enlarged by a factor, the size of another one, and return the number of the last node.

    Raises:
        InfeasibleArchitectureError: It is smaller by more than what a stride drops at the end, so that it
            would not lie over the other one.
    """
    here, there = graph.shape(node)[:-1], graph.shape(other)[:-1]
    steps = each(factor, len(here))
    if any(wanted - size >= max(step, 2) for wanted, size, step in zip(there, here, steps, strict=True)):
        found, expected = ("x".join(map(str, sizes)) for sizes in (here, there))
        raise InfeasibleArchitectureError(
            f"an enlarged map of {found} would not lie over that of {expected}, since convolutions without "
            "padding have cut its borders; use padding: same",
            limit="size of enlarged maps",
        )
    is_open = graph.is_open(node) or graph.is_open(other)
    if here == there and not is_open:
        return node
    return graph.add(layers.Fitting(), node, other)


def _matched(graph: Graph, node: int, channels: int) -> int:
    """Give a map a number of channels, and return the number of the last node."""
    if graph.shape(node)[-1] == channels:
        return node
    return graph.add(layers.Convolution(channels, 1), node, name="lateral")
