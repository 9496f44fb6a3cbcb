"""The faults of a space file, collected to report all of them in one message."""

from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar
from cnnsearch.space.position import Path
from cnnsearch.suggestions import closest_word, listed

LIKENESS = 0.75
"""Minimum similarity at which an unknown key is corrected to a known one."""


class Faults:
    """The faults of a space, reported together."""

    def __init__(self) -> None:
        self._lines: dict[str, Mark] = {}
        self.count = 0
        """Number of faults added, including repeated ones."""

    def add(self, at: "Mark | YamlNode", where: str, message: str) -> None:
        """Record a fault; repeated faults are reported once.

        Args:
            at: The line of the fault, or the value there.
            where: The path from the top of the file.
            message: The value found and the value expected.
        """
        self.count += 1
        if isinstance(at, YamlScalar) and at.is_refused:
            return
        mark = at if isinstance(at, Mark) else at.mark
        self._lines[f"{mark}: {where}: {message}" if where else f"{mark}: {message}"] = mark

    def raise_if_any(self) -> None:
        """Raise the recorded faults in the order of their lines, if there are any.

        Raises:
            SpaceError: At least one fault was recorded; the message lists all of them.
        """
        if self._lines:
            files = [*dict.fromkeys(mark.file for mark in self._lines.values())]
            lines = sorted(self._lines.items(), key=lambda item: (files.index(item[1].file), item[1].line))
            raise SpaceError("\n".join(line for line, _ in lines))


class FaultReporter:
    """Records faults below one key of a space.

    Args:
        root: The key: `architecture` or `training`.
        faults: Where faults are recorded.
    """

    def __init__(self, root: str, faults: Faults) -> None:
        self.root = root
        self.faults = faults

    def where(self, path: Path) -> str:
        """Return a path from the top of the file."""
        return ".".join((self.root, *path))

    def fault(self, at: Mark | YamlNode, path: Path, message: str) -> None:
        """Record a fault."""
        self.faults.add(at, self.where(path), message)

    def corrected(
        self, tree: YamlMapping, known: tuple[str, ...], path: Path, expected: str = ""
    ) -> YamlMapping:
        """Return a mapping with misspelled keys corrected, so that one typo causes one fault.

        An unknown key that is similar to no known key is removed.

        Args:
            tree: The mapping as written.
            known: The known keys.
            path: The path of the mapping.
            expected: The known keys for a message, if they are too many to list.
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
