"""The parts of other spaces that `use` names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.reading import read_file
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar, YamlSequence, found, plain
from cnnsearch.space.library import find_space

MAX_USES = 8
TRANSPARENT = ("one_of", "sequence")
"""Keys that are not part of a path."""


class Library:
    """Reads parts of other spaces; paths are relative to the file that names them."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def following(self, mark: Mark) -> Iterator[None]:
        """Limit the depth of nested `use`.

        Raises:
            SpaceError: More than `MAX_USES` spaces are nested.
        """
        self._depth += 1
        if self._depth > MAX_USES:
            raise SpaceError(f"{mark}: more than {MAX_USES} nested uses; check for a cycle")
        yield
        self._depth -= 1

    def expanded(self, tree: YamlNode, faults: Faults, keys: tuple[str, ...] = ()) -> YamlNode:
        """Return a space's tree with every `use` replaced by its part, so that it depends on no other file.

        Args:
            tree: A space without faults, or a part of one.
            faults: Where faults are recorded.
            keys: The path of the part.
        """
        if isinstance(tree, YamlSequence):
            return YamlSequence(tree.mark, tuple(self.expanded(item, faults, keys) for item in tree.items))
        if isinstance(tree, YamlScalar):
            return tree
        if keys and "use" in tree.entries:
            with self.following(tree.mark):
                part = self.part(tree.entries["use"], keys, ".".join(keys), faults)
                return self.expanded(part, faults, keys) if part is not None else tree
        entries = {
            key: self.expanded(value, faults, keys if key in TRANSPARENT else (*keys, key))
            for key, value in tree.entries.items()
        }
        return YamlMapping(tree.mark, entries, tree.marks)

    def part(self, names: YamlNode, keys: tuple[str, ...], where: str, faults: Faults) -> YamlNode | None:
        """Return the part under `keys` of the named space, or a choice between those of several spaces."""
        if isinstance(names, YamlScalar):
            return self._of_one(names, keys, where, faults)
        if not isinstance(names, YamlSequence) or not names.items:
            faults.add(
                names, where, f"found {found(names)} under use; expected a name or a non-empty list of names"
            )
            return None
        items = []
        for name in names.items:
            part = self._of_one(name, keys, where, faults) if isinstance(name, YamlScalar) else None
            if isinstance(part, YamlMapping) and isinstance(name, YamlScalar):
                items.append(_named(part, FilePath(name.text).stem, name.mark))
            elif part is not None or not isinstance(name, YamlScalar):
                faults.add(name, where, "expected a space whose part here is a mapping")
        marks = {"one_of": names.mark}
        return (
            YamlMapping(names.mark, {"one_of": YamlSequence(names.mark, tuple(items))}, marks)
            if items
            else None
        )

    def _of_one(self, name: YamlScalar, keys: tuple[str, ...], where: str, faults: Faults) -> YamlNode | None:
        try:
            tree: YamlNode = read_file(find_space(name.text, name.mark.file.parent), faults)
        except SpaceError as error:
            faults.add(name, where, str(error))
            return None
        for key in keys:
            if not isinstance(tree, YamlMapping) or key not in tree.entries:
                faults.add(name, where, f"space {name.text} has no {'.'.join(keys)}")
                return None
            tree = tree.entries[key]
        return tree


def _named(part: YamlMapping, name: str, mark: Mark) -> YamlMapping:
    """Return a part as a list item with the name of its space."""
    entries = {"name": YamlScalar(mark, name, name), **part.entries}
    return YamlMapping(part.mark, entries, {"name": mark, **part.marks})


def plain_space(path: FilePath) -> dict[str, Any]:
    """Return a space's file as plain data, with the parts that it takes from other spaces.

    Raises:
        SpaceError: The file has faults.
    """
    faults = Faults()
    expanded = plain(Library().expanded(read_file(path, faults), faults))
    faults.raise_if_any()
    assert isinstance(expanded, dict)
    return expanded
