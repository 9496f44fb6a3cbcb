"""Fields written at outer levels as defaults for the parts inside; the nearest takes precedence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
    """The fields written at outer levels, the nearest one for each name.

    Attributes:
        entries: The fields.
        settled: The names of fields that the layout of the network sets instead.
    """

    entries: Mapping[str, OuterField] = field(default_factory=dict)
    settled: tuple[str, ...] = ()

    def inside(self, written: list[OuterField]) -> "Scope":
        """Return the scope inside a mapping that holds these fields."""
        entries = {**self.entries, **{entry.name: entry for entry in written}}
        return replace(self, entries=entries) if written else self

    def settling(self, names: tuple[str, ...]) -> "Scope":
        """Return the scope inside a part whose layout sets the fields of these names."""
        return replace(self, settled=(*self.settled, *names)) if names else self

    def without(self, name: str) -> "Scope":
        """Return the scope without a field."""
        return replace(self, entries={key: entry for key, entry in self.entries.items() if key != name})

    def find(self, name: str) -> OuterField | None:
        """Return the nearest field of a name, if any, and mark it as used."""
        entry = self.entries.get(name)
        if entry is not None:
            entry.used = True
        return entry


EMPTY_SCOPE = Scope()
