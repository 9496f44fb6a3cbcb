"""The faults of a space's file, collected so that one message reports all of them."""

from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar
from cnnsearch.space.position import Path
from cnnsearch.suggestions import closest_word, listed

LIKENESS = 0.75
"""How near a key has to be to be read as another one."""


class Faults:
    """Collects what is wrong with a space, so that all of it can be told at once."""

    def __init__(self) -> None:
        self._lines: dict[str, Mark] = {}
        self.met = 0
        """How often a fault was met, told or not."""

    def add(self, at: "Mark | YamlNode", where: str, message: str) -> None:
        """Notes a fault; the same fault met twice is told once.

        Args:
            at: The line, or the tree that stands there.
            where: The path from the top of the file.
            message: What was found and what was expected.
        """
        self.met += 1
        if isinstance(at, YamlScalar) and at.is_refused:
            return
        mark = at if isinstance(at, Mark) else at.mark
        self._lines[f"{mark}: {where}: {message}" if where else f"{mark}: {message}"] = mark

    def raise_if_any(self) -> None:
        """Raises what was noted, in the order of the lines; does nothing where there was no fault.

        Raises:
            SpaceError: At least one fault was noted; the message lists all of them.
        """
        if self._lines:
            files = [*dict.fromkeys(mark.file for mark in self._lines.values())]
            lines = sorted(self._lines.items(), key=lambda item: (files.index(item[1].file), item[1].line))
            raise SpaceError("\n".join(line for line, _ in lines))


class FaultReporter:
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

    def fault(self, at: Mark | YamlNode, path: Path, message: str) -> None:
        """Notes a fault."""
        self.faults.add(at, self.where(path), message)

    def corrected(
        self, tree: YamlMapping, known: tuple[str, ...], path: Path, expected: str = ""
    ) -> YamlMapping:
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
            meant = key if key in known else closest_word(key, known, LIKENESS)
            if meant != key:
                hint = f" Did you mean '{meant}'?" if meant else ""
                message = f"found '{key}'; expected {expected or listed(known)}.{hint}"
                self.fault(tree.marks[key], (*path, key), message)
            if meant and (meant == key or meant not in tree.entries):
                entries[meant], marks[meant] = value, tree.marks[key]
        return YamlMapping(tree.mark, entries, marks)
