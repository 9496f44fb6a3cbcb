"""What a source of pictures comes to before any is opened: files with targets, and what was left out."""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnsearch.tasks.base import RawTargets

logger = logging.getLogger(__name__)

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
HIDDEN, MAC = "hidden", "__MACOSX"
EXAMPLES = 5  # of what was left out
NAMED = 10  # files, lines or classes that an error message names


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture that a source names.

    Args:
        path: Relative to the source's folder.
        label: Its class, its tags, or its number, as the source writes them; where the source has several
            columns of targets, their texts, joined.
        part: `train`, `validation` or `test` where the source says so, else empty.
        group: What it must share a side with, else empty.
        time: When it was taken, where the source says so; only the order counts.
        values: The texts of the columns of targets, where there are several.
    """

    path: Path
    label: str
    part: str = ""
    group: str = ""
    time: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """Files or folders that were passed over for one reason.

    Args:
        kind: The reason: `hidden`, `__MACOSX`, `link back`, `beside the class folders`, `no picture (.txt)`.
        count: How many.
        examples: The first few, relative to the source's folder.
    """

    kind: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class PictureListing:
    """The pictures of a source, in order of part, class and path (of a manifest: of its lines).

    Args:
        root: The folder that all paths are relative to, resolved.
        place: What the user gave, for messages.
        origin: `folder` or `manifest`.
        entries: The pictures.
        left_out: What was passed over.
        empty: Class folders without a picture.
        columns: The names of the columns of targets, where there are several.
    """

    root: Path
    place: str
    origin: str
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()
    empty: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The distinct labels, sorted."""
        return tuple(sorted({entry.label for entry in self.entries}))

    @property
    def targets(self) -> RawTargets:
        """The targets of all entries, as texts."""
        rows = [entry.values if self.columns else entry.label for entry in self.entries]
        targets = {"train": np.array(rows, np.str_)}
        return RawTargets(targets, self.columns, are_classes=self.origin == "folder")


def tell_left_out(listing: PictureListing) -> None:
    """Warns of what was passed over, hidden files apart, and of classes without a picture."""
    for kind in listing.left_out:
        if kind.kind not in (HIDDEN, MAC):
            told = ", ".join(kind.examples)
            logger.warning("%s: left out: %s: %d, such as %s", listing.place, kind.kind, kind.count, told)
    if listing.empty:
        logger.warning("%s: no pictures in %s: no class", listing.place, ", ".join(listing.empty))


class Tally:
    """Counts what is left out, with the first examples of each kind."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, path: str | Path) -> None:
        """One more of a kind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        examples = self._found.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(os.path.relpath(path, self._root))

    def left_out(self) -> tuple[LeftOut, ...]:
        """All kinds, by name."""
        return tuple(
            LeftOut(kind, self._counts[kind], tuple(self._found[kind])) for kind in sorted(self._counts)
        )


def is_picture(name: str) -> bool:
    """Whether a file is taken for a picture, by its suffix."""
    return name.lower().endswith(SUFFIXES)


def leaves(path: str | Path, root: Path) -> bool:
    """Whether a path, its links followed, lies outside a folder."""
    return not Path(os.path.realpath(path)).is_relative_to(root)


def named(lines: Sequence[str] | Iterable[str], indent: str = "\n  ") -> str:
    """The first few lines of a list that may be long, and how many more there are."""
    lines = list(lines)
    more = [f"and {len(lines) - NAMED} more"] if len(lines) > NAMED else []
    return "".join(indent + line for line in [*lines[:NAMED], *more])
