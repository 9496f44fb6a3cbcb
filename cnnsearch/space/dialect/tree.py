"""A YAML file as a tree of values with their file and line."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnsearch.space.domains import Plain


@dataclass(frozen=True)
class Mark:
    """A line of a file."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}"


@dataclass(frozen=True)
class YamlScalar:
    """One value, and its text in the file."""

    mark: Mark
    value: Plain
    text: str
    is_refused: bool = False
    """Whether a fault is already recorded for this value, so that no other is added."""


@dataclass(frozen=True)
class YamlSequence:
    """A list."""

    mark: Mark
    items: tuple["YamlNode", ...]


@dataclass(frozen=True)
class YamlMapping:
    """A mapping; `marks` holds the lines of its keys."""

    mark: Mark
    entries: dict[str, "YamlNode"]
    marks: dict[str, Mark] = field(default_factory=dict)

    def without(self, *keys: str) -> "YamlMapping":
        """Return the mapping without some keys."""
        return YamlMapping(self.mark, {k: v for k, v in self.entries.items() if k not in keys}, self.marks)


YamlNode = YamlScalar | YamlSequence | YamlMapping


def found(tree: YamlNode) -> str:
    """Return a description of a value for a message."""
    if isinstance(tree, YamlScalar):
        return tree.text
    return "a list" if isinstance(tree, YamlSequence) else "a mapping"


def plain(tree: YamlNode) -> Any:
    """Return a tree as plain lists, dicts and values, for writing it as YAML."""
    if isinstance(tree, YamlScalar):
        return tree.value
    if isinstance(tree, YamlSequence):
        return [plain(item) for item in tree.items]
    return {key: plain(value) for key, value in tree.entries.items()}
