"""YAML text -> a tree of plain values that know their file and line; and the faults found on the way.

YAML 1.2 through ruamel, with what surprises people refused: nulls, merge keys, duplicate keys, `yes` and
`no`, `5_000_000`, and files too large or too deep to be a space.
"""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cnnsearch.errors import SpaceError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 20_000

Plain = int | float | bool | str


@dataclass(frozen=True)
class Mark:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Scalar:
    """One value, and how it was written."""

    mark: Mark
    value: Plain
    text: str


@dataclass(frozen=True)
class Listing:
    """A list."""

    mark: Mark
    items: tuple["Tree", ...]


@dataclass(frozen=True)
class Mapping:
    """A mapping; `marks` are the lines of its keys."""

    mark: Mark
    entries: dict[str, "Tree"]
    marks: dict[str, Mark] = field(default_factory=dict)

    def without(self, *keys: str) -> "Mapping":
        """The same mapping less some keys."""
        return Mapping(self.mark, {k: v for k, v in self.entries.items() if k not in keys}, self.marks)


Tree = Scalar | Listing | Mapping


class Faults:
    """Collects what is wrong with a space, so that all of it can be told at once."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def add(self, mark: Mark, where: str, message: str) -> None:
        """Notes a fault; the same fault met twice is told once."""
        self._lines[f"{mark}: {where}: {message}" if where else f"{mark}: {message}"] = None

    def raise_if_any(self) -> None:
        """Raises:
        SpaceError: At least one fault was noted; the message lists all of them.
        """
        if self._lines:
            raise SpaceError("\n".join(self._lines))


def near(word: str, known: Iterable[str]) -> str:
    """A sentence that offers the likely spelling, or nothing where none is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{found[0]}'?" if found else ""


def quoted(words: Iterable[str]) -> str:
    """Words for a message: `a, b, c`."""
    return ", ".join(words)


def read_file(path: Path, faults: Faults) -> Mapping:
    """Reads a space's file.

    Raises:
        SpaceError: The file cannot be read, is no YAML, or is no mapping at its top.
    """
    try:
        text = path.read_bytes()[: MAX_BYTES + 1]
    except OSError as error:
        raise SpaceError(f"{path}: cannot be read: {error.strerror}") from error
    if len(text) > MAX_BYTES:
        raise SpaceError(f"{path}: is over {MAX_BYTES // 1024} KB; a space is a short text")
    try:
        return read_text(text.decode(), path.name, faults)
    except UnicodeDecodeError as error:
        raise SpaceError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def read_text(text: str, file: str, faults: Faults) -> Mapping:
    """Reads a space's text; `file` names it in messages.

    Raises:
        SpaceError: The text is no YAML, or no mapping at its top.
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        tree = _Converter(file, faults).convert(root, "", 0) if root is not None else None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SpaceError(f"{file}:{line}: is not valid YAML: {error.problem or error.context}") from error
    except (YAMLError, YAMLStreamError, ValueError) as error:
        raise SpaceError(f"{file}:1: is not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError:
        raise SpaceError(f"{file}:1: is nested deeper than {MAX_DEPTH} levels") from None
    if not isinstance(tree, Mapping):
        faults.raise_if_any()
        raise SpaceError(f"{file}:1: found no mapping; expected version, name, architecture, training")
    return tree


class _Converter:
    """Turns ruamel's nodes into a tree, within the limits."""

    def __init__(self, file: str, faults: Faults) -> None:
        self._file = file
        self._faults = faults
        self._count = 0

    def convert(self, node: Node, where: str, depth: int) -> Tree:
        mark = Mark(self._file, node.start_mark.line + 1)
        self._count += 1
        if self._count > MAX_NODES:
            raise SpaceError(f"{mark}: holds over {MAX_NODES} values, aliases written out")
        if depth > MAX_DEPTH:
            raise SpaceError(f"{mark}: {where}: is nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, ScalarNode):
            return self._scalar(node, mark, where)
        if isinstance(node, SequenceNode):
            items = (self.convert(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(node.value))
            return Listing(mark, tuple(items))
        assert isinstance(node, MappingNode)
        return self._mapping(node, mark, where, depth)

    def _mapping(self, node: MappingNode, mark: Mark, where: str, depth: int) -> Mapping:
        entries: dict[str, Tree] = {}
        marks: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            key_mark = Mark(self._file, key_node.start_mark.line + 1)
            if not isinstance(key_node, ScalarNode):
                self._faults.add(key_mark, where, "found a list or mapping as a key; expected a word")
                continue
            key = str(key_node.value)
            inside = f"{where}.{key}" if where else key
            if key_node.tag.endswith(":merge") or key == "<<":
                self._faults.add(key_mark, where, "found a merge key '<<'; write the keys out")
            elif key in entries:
                self._faults.add(
                    key_mark, inside, f"the key is written twice; first on line {marks[key].line}"
                )
            else:
                entries[key] = self.convert(value_node, inside, depth + 1)
                marks[key] = key_mark
        return Mapping(mark, entries, marks)

    def _scalar(self, node: ScalarNode, mark: Mark, where: str) -> Scalar:
        text, kind = str(node.value), str(node.tag).rsplit(":", 1)[-1]
        value: Plain = text
        plain = node.style is None
        if kind == "null":
            self._faults.add(
                mark, where, f"found {text or 'nothing'}; expected a value (`none` leaves a part out)"
            )
        elif plain and text.lower() in ("yes", "no", "on", "off"):
            self._faults.add(mark, where, f"found {text}; write true or false")
        elif plain and kind in ("int", "float") and "_" in text:
            self._faults.add(mark, where, f"found {text}; write the number without '_'")
        elif kind in ("int", "float"):
            value = self._number(text, kind, mark, where)
        elif kind == "bool":
            value = text.lower() == "true"
        elif kind not in ("str", "timestamp"):
            self._faults.add(mark, where, f"found the tag {node.tag}; a space has plain values only")
        return Scalar(mark, value, text)

    def _number(self, text: str, kind: str, mark: Mark, where: str) -> Plain:
        try:
            number = int(text, 0) if kind == "int" and text[:2] in ("0x", "0o") else float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or abs(number) > 1e300:
            self._faults.add(mark, where, f"found {text}; expected a finite number")
            return 1
        return int(text, 0 if text[:2] in ("0x", "0o") else 10) if kind == "int" else number
