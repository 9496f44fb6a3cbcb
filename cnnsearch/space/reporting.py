"""Notes what is wrong with a part of a space, by its place, while the parser goes on."""

from cnnsearch.space.reading import Faults, Mapping, Mark, Tree, nearest, quoted
from cnnsearch.space.walk import Path

LIKENESS = 0.75
"""How near a key has to be to be read as another one."""


class Reporter:
    """Notes faults below one key of a space.

    Args:
        root: The key: `architecture` or `training`.
        faults: Where faults are noted.
    """

    def __init__(self, root: str, faults: Faults) -> None:
        self.root = root
        self.faults = faults

    def where(self, path: Path) -> str:
        """A path from the top of the file."""
        return ".".join((self.root, *path))

    def fault(self, at: Mark | Tree, path: Path, message: str) -> None:
        """Notes a fault."""
        self.faults.add(at, self.where(path), message)

    def corrected(self, tree: Mapping, known: tuple[str, ...], path: Path, expected: str = "") -> Mapping:
        """A mapping with its keys as they were meant, so that one typo gives one fault. A key that is near
        none is left out.

        Args:
            tree: What is written.
            known: The right keys.
            path: Where the mapping stands.
            expected: How a message tells the right keys, where they are too many to list.
        """
        entries, marks = {}, {}
        for key, value in tree.entries.items():
            meant = key if key in known else nearest(key, known, LIKENESS)
            if meant != key:
                hint = f" Did you mean '{meant}'?" if meant else ""
                message = f"found '{key}'; expected {expected or quoted(known)}.{hint}"
                self.fault(tree.marks[key], (*path, key), message)
            if meant and (meant == key or meant not in tree.entries):
                entries[meant], marks[meant] = value, tree.marks[key]
        return Mapping(tree.mark, entries, marks)
