"""The faults of a space's file, collected so that one message reports all of them."""

from cnnsearch.errors import SpaceError
from cnnsearch.space.dialect.tree import Mark, YamlMapping, YamlNode, YamlScalar
from cnnsearch.space.position import Path
from cnnsearch.suggestions import closest_word, listed

LIKENESS = 0.75
"""The least similarity at which an unknown key is read as a known one."""


class Faults:
    """The faults of a space, which are reported all at once."""

    def __init__(self) -> None:
        self._lines: dict[str, Mark] = {}
        self.count = 0
        """How many faults were added, repeated ones included."""

    def add(self, at: "Mark | YamlNode", where: str, message: str) -> None:
        """Record a fault; a fault that is added twice is reported once.

        Args:
            at: Its line, or the value there.
            where: The path from the top of the file.
            message: What was found and what was expected.
        """
        self.count += 1
        if isinstance(at, YamlScalar) and at.is_refused:
            return
        mark = at if isinstance(at, Mark) else at.mark
        self._lines[f"{mark}: {where}: {message}" if where else f"{mark}: {message}"] = mark

    def raise_if_any(self) -> None:
        """Raise the recorded faults in the order of their lines; return where there is none.

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
        """Return a mapping with misspelled keys corrected, so that one typo gives one fault.

        A key that is near no known one is left out.

        Args:
            tree: The mapping as written.
            known: The known keys.
            path: Where the mapping stands.
            expected: The known keys for a message, where they are too many to list.
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
