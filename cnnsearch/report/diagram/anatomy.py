"""A laid-out network -> its parts: the layers of stem, stages and their blocks, decoder and head."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.blocks.base import Block
from cnnsearch.architecture.graph import Graph


@dataclass(frozen=True)
class Unit:
    """Consecutive layers that belong together.

    Attributes:
        title: The block's type in words; empty if the layers are not a block.
        start, stop: The range of its node numbers, without `stop`.
    """

    title: str
    start: int
    stop: int


@dataclass(frozen=True)
class NetworkPart:
    """The stem, a stage, the decoder, or the head."""

    title: str
    units: tuple[Unit, ...]

    @property
    def last(self) -> int:
        """The number of its last node."""
        return self.units[-1].stop - 1


def dissect(architecture: Architecture, graph: Graph) -> list[NetworkPart]:
    """Return the parts of a network that have layers, in order."""
    return [part for part in _Reader(graph).parts(architecture) if part.units]


class _Reader:
    """Divides the nodes in one pass; a node's name begins with the names of its part and block."""

    def __init__(self, graph: Graph) -> None:
        self._names = [node.name for node in graph.nodes]
        self._types = [node.layer.type for node in graph.nodes]
        self._place = 0

    def parts(self, architecture: Architecture) -> Iterator[NetworkPart]:
        yield NetworkPart("preprocessing", self._units(self._prepared()))
        yield NetworkPart("stem", self._blocks("stem_", architecture.stem))
        for number, stage in enumerate(architecture.stages):
            name = stage.name or f"stage{number}"
            blocks = self._blocks(f"{name}_", stage.blocks)
            downsample = self._units(self._named(f"{name}_"))
            yield NetworkPart(stage.name or f"stage {number}", blocks + downsample)
        yield NetworkPart("decoder", self._units(self._named("decoder_")))
        head = self._blocks("head_", architecture.head.blocks)
        rest = Unit("", self._place, len(self._names))
        yield NetworkPart("head", (*head, *self._units(rest)))

    def _blocks(self, prefix: str, blocks: tuple[Block, ...]) -> tuple[Unit, ...]:
        units: list[Unit] = []
        for number, block in enumerate(blocks):
            title = str(getattr(block, "type", "")).replace("_", " ")
            units += self._units(self._named(f"{prefix}{block.name or f'block{number}'}_", title))
        return tuple(units)

    def _prepared(self) -> Unit:
        while self._types[self._place] in ("rescaling", "spectrogram", "fixed_filters"):
            self._place += 1
        return Unit("", 0, self._place)

    def _named(self, prefix: str, title: str = "") -> Unit:
        start = self._place
        while self._place < len(self._names) and self._names[self._place].startswith(prefix):
            self._place += 1
        return Unit(title, start, self._place)

    @staticmethod
    def _units(unit: Unit) -> tuple[Unit, ...]:
        return (unit,) if unit.stop > unit.start else ()
