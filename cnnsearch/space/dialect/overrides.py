"""Overrides of single values of a space, as with `--set architecture.stages.repeat=2`."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.reading import read_text
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnnsearch.suggestions import did_you_mean, listed


def overridden(tree: YamlMapping, overrides: Mapping[str, str]) -> YamlMapping:
    """Return a space's tree with some of its values replaced or added.

    Args:
        tree: The space.
        overrides: YAML texts by path: the keys from the top of the file, and the `name` or number of items.

    Raises:
        SpaceError: A path does not exist, or a text is not valid YAML.
    """
    for path, text in overrides.items():
        tree = _replaced(tree, tuple(path.split(".")), _value(path, text), f"--set {path}")
    return tree


def _value(path: str, text: str) -> YamlNode:
    faults = Faults()
    tree = read_text(f"value: {text}", FilePath(f"--set {path}"), faults)
    faults.raise_if_any()
    return tree.entries["value"]


def _replaced(tree: Any, path: tuple[str, ...], value: YamlNode, where: str) -> Any:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(tree, YamlMapping):
        if rest and key not in tree.entries:
            hint = did_you_mean(key, tree.entries)
            raise SpaceError(f"{where}: no key {key}; expected {listed(tree.entries)}.{hint}")
        new = _replaced(tree.entries.get(key), rest, value, where)
        marks = {**tree.marks, key: Mark(FilePath(where), 1)}
        return YamlMapping(tree.mark, {**tree.entries, key: new}, marks)
    if isinstance(tree, YamlSequence):
        labels = [_label(item, number) for number, item in enumerate(tree.items)]
        if key not in labels:
            raise SpaceError(f"{where}: no item {key}; expected {listed(labels)}.{did_you_mean(key, labels)}")
        place = labels.index(key)
        new = _replaced(tree.items[place], rest, value, where)
        return YamlSequence(tree.mark, (*tree.items[:place], new, *tree.items[place + 1 :]))
    raise SpaceError(f"{where}: no key {key}; the path before it is a single value")


def _label(item: YamlNode, number: int) -> str:
    name = item.entries.get("name") if isinstance(item, YamlMapping) else None
    return name.text if isinstance(name, YamlScalar) else str(number)
