"""Fields written further out than the parts that use them: the nearest wins."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.space.dialect.tree import YamlNode
from cnnsearch.space.nodes import Node
from cnnsearch.space.position import Path
from cnnsearch.space.slots import Slot


@dataclass
class Written:
    """A field where it is written, and whether anything inside has used it."""

    name: str
    tree: YamlNode
    path: Path
    slot: Slot
    """What may stand there."""
    used: bool = False
    nodes: dict[int, Node] = field(default_factory=dict)
    """What it was parsed as, by the identity of the slot: a field is parsed once for all its users."""


@dataclass(frozen=True)
class Scope:
    """What is written around a place, the nearest first."""

    entries: Mapping[str, Written] = field(default_factory=dict)

    def inside(self, written: list[Written]) -> "Scope":
        """The scope within a mapping that writes these fields."""
        return Scope({**self.entries, **{entry.name: entry for entry in written}}) if written else self

    def without(self, name: str) -> "Scope":
        """The scope for places that a field does not reach."""
        return Scope({key: entry for key, entry in self.entries.items() if key != name})

    def find(self, name: str) -> Written | None:
        """The nearest field of a name, which counts as used from now on."""
        entry = self.entries.get(name)
        if entry is not None:
            entry.used = True
        return entry


EMPTY = Scope()
