"""Fields written further out than the parts that use them; the nearest has precedence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.space.dialect.tree import YamlNode
from cnnsearch.space.nodes import Node
from cnnsearch.space.position import Path
from cnnsearch.space.slots import Slot


@dataclass
class OuterField:
    """A field that is written for the parts inside, and whether any of them has used it."""

    name: str
    tree: YamlNode
    path: Path
    slot: Slot
    """What may stand there."""
    used: bool = False
    nodes: dict[int, Node] = field(default_factory=dict)
    """Its parsed nodes by the identity of the slot: a field is parsed once for all parts that use it."""


@dataclass(frozen=True)
class Scope:
    """The fields written around a place, the nearest of each name."""

    entries: Mapping[str, OuterField] = field(default_factory=dict)

    def inside(self, written: list[OuterField]) -> "Scope":
        """Return the scope within a mapping that writes these fields."""
        return Scope({**self.entries, **{entry.name: entry for entry in written}}) if written else self

    def without(self, name: str) -> "Scope":
        """Return the scope without a field."""
        return Scope({key: entry for key, entry in self.entries.items() if key != name})

    def find(self, name: str) -> OuterField | None:
        """Return the nearest field of a name, if there is one, and mark it as used."""
        entry = self.entries.get(name)
        if entry is not None:
            entry.used = True
        return entry


EMPTY_SCOPE = Scope()
