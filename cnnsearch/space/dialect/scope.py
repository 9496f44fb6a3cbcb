"""Fields written at outer levels as defaults for the parts inside; the nearest takes precedence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.space.dialect.tree import YamlNode
from cnnsearch.space.nodes import Node
from cnnsearch.space.position import Path
from cnnsearch.space.slots import Slot


@dataclass
class OuterField:
    """A field written as a default for the parts inside, and whether any part uses it."""

    name: str
    tree: YamlNode
    path: Path
    slot: Slot
    """The values that the field accepts."""
    used: bool = False
    nodes: dict[int, Node] = field(default_factory=dict)
    """Parsed nodes by `id` of the slot: a field is parsed once for all parts that use it."""


@dataclass(frozen=True)
class Scope:
    """The fields written at outer levels, the nearest one for each name."""

    entries: Mapping[str, OuterField] = field(default_factory=dict)

    def inside(self, written: list[OuterField]) -> "Scope":
        """Return the scope inside a mapping that holds these fields."""
        return Scope({**self.entries, **{entry.name: entry for entry in written}}) if written else self

    def without(self, name: str) -> "Scope":
        """Return the scope without a field."""
        return Scope({key: entry for key, entry in self.entries.items() if key != name})

    def find(self, name: str) -> OuterField | None:
        """Return the nearest field of a name, if any, and mark it as used."""
        entry = self.entries.get(name)
        if entry is not None:
            entry.used = True
        return entry


EMPTY_SCOPE = Scope()
