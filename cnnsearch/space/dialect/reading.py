"""YAML text -> a tree of plain values with their file and line.

YAML 1.2, parsed by ruamel. Refused are constructs that other parsers read differently or that hide mistakes:
null, merge keys, duplicate keys, `yes` and `no`, `5_000_000`, and files that are too large or too deeply
nested.
"""

import math
import warnings
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cnnsearch.architecture.per_dimension import PerDimension
from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnnsearch.space.domains import MAX_NUMBER

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 20_000


def read_file(path: Path, faults: Faults) -> YamlMapping:
    """Read a space file.

    Raises:
        SpaceError: The file cannot be read, is not valid YAML, or is not a mapping at its top.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpaceError(f"{path}: cannot be read: {error.strerror}") from error
    if len(text) > MAX_BYTES:
        raise SpaceError(f"{path}: is larger than {MAX_BYTES // 1024} KB, the limit for a space")
    try:
        return read_text(text.decode(), path, faults)
    except UnicodeDecodeError as error:
        raise SpaceError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def read_text(text: str, file: Path, faults: Faults) -> YamlMapping:
    """Read the text of a space; `file` names it in messages.

    Raises:
        SpaceError: The text is not valid YAML, or is not a mapping at its top.
    """
    start = Mark(file, 1)
    root = _composed(text, start)
    tree = _Converter(file, faults).convert(root, "", start, 0) if root is not None else None
    if not isinstance(tree, YamlMapping):
        faults.raise_if_any()
        raise SpaceError(f"{start}: found no mapping; expected version, name, architecture, training")
    return tree


def _composed(text: str, start: Mark) -> Node | None:
    """Return the text as ruamel nodes; None if it is empty."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # YAML allows it: the last anchor counts
            node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(start.file, at.line + 1) if at else start
        raise SpaceError(f"{mark}: is not valid YAML: {error.problem or error.context}") from error
    except (YAMLError, YAMLStreamError, ValueError) as error:
        raise SpaceError(f"{start}: is not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError:
        raise SpaceError(f"{start}: is nested deeper than {MAX_DEPTH} levels") from None
    return node


class _Converter:
    """Converts ruamel nodes to a tree and checks the limits; the mark of a value is the line of its key."""

    def __init__(self, file: Path, faults: Faults) -> None:
        self._file = file
        self._faults = faults
        self._count = 0

    def convert(self, node: Node, where: str, mark: Mark, depth: int) -> YamlNode:
        self._count += 1
        if self._count > MAX_NODES:
            raise SpaceError(f"{mark}: has more than {MAX_NODES} values, with aliases expanded")
        if depth > MAX_DEPTH:
            raise SpaceError(f"{mark}: is nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, ScalarNode):
            return self._scalar(node, mark, where)
        if isinstance(node, SequenceNode):
            items = (
                self.convert(item, f"{where}[{number}]", self._line(item), depth + 1)
                for number, item in enumerate(node.value)
            )
            return YamlSequence(mark, tuple(items))
        assert isinstance(node, MappingNode)
        return self._mapping(node, mark, where, depth)

    def _line(self, node: Node) -> Mark:
        return Mark(self._file, node.start_mark.line + 1)

    def _mapping(self, node: MappingNode, mark: Mark, where: str, depth: int) -> YamlMapping:
        entries: dict[str, YamlNode] = {}
        marks: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            key_mark = self._line(key_node)
            if not isinstance(key_node, ScalarNode):
                self._faults.add(key_mark, where, "found a list or mapping as a key; expected a word")
                continue
            key = str(key_node.value)
            inside = f"{where}.{key}" if where else key
            if key == "<<":
                self._faults.add(key_mark, where, "found a merge key '<<'; write the keys out")
            elif key in entries:
                self._faults.add(key_mark, inside, f"duplicate key; first written on line {marks[key].line}")
            else:
                entries[key] = self.convert(value_node, inside, key_mark, depth + 1)
                marks[key] = key_mark
        return YamlMapping(mark, entries, marks)

    def _scalar(self, node: ScalarNode, mark: Mark, where: str) -> YamlScalar:
        text, kind = str(node.value), str(node.tag).rsplit(":", 1)[-1]
        if kind == "int" and PerDimension.read(text):
            kind = "str"  # 0x1 is a value per dimension, not a hexadecimal number
        fault = _refusal(text, kind, is_plain=node.style is None)
        if fault:
            self._faults.add(mark, where, f"found {text or 'nothing'}; {fault}")
        return YamlScalar(mark, _value(text, kind) if not fault else text, text, bool(fault))


def _refusal(text: str, kind: str, is_plain: bool) -> str:
    """Return why a scalar is refused, empty if it is valid; `kind` is the last word of its YAML tag."""
    if kind == "null":
        return "expected a value (`none` omits a part)"
    if is_plain and text.lower() in ("yes", "no", "on", "off"):
        return "write true or false"
    if is_plain and kind in ("int", "float") and "_" in text:
        return "write the number without '_'"
    if kind not in ("int", "float", "bool", "str", "timestamp"):
        return f"the tag {kind} is not supported; expected a plain value"
    return _number_refusal(text, kind) if kind in ("int", "float") else ""


def _number_refusal(text: str, kind: str) -> str:
    try:
        number = _value(text, kind)
    except ValueError:
        return "expected a finite number"
    if kind == "int":
        return "" if abs(number) <= MAX_NUMBER else f"expected a whole number of at most {MAX_NUMBER}"
    return "" if math.isfinite(number) else "expected a finite number"


def _value(text: str, kind: str) -> Any:
    if kind == "int":
        return int(text, 0 if text[:2] in ("0x", "0o") else 10)
    if kind == "float":
        return float(text)
    return text.lower() == "true" if kind == "bool" else text
