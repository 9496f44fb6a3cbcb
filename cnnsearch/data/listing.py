"""Listings of image sources before any file is opened: files with targets, and skipped entries."""

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnsearch.data.annotations import Annotation
from cnnsearch.tasks.base import RawTargets

logger = logging.getLogger(__name__)

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
HIDDEN, MAC = "hidden", "__MACOSX"
EXAMPLES = 5  # skipped entries kept per kind
NAMED = 10  # files, lines or classes listed in an error message


@dataclass(frozen=True, slots=True)
class Entry:
    """One image of a source.

    Args:
        path: Path relative to the folder of the source.
        label: Class, tags or number as written in the source; for several target columns, their joined
            texts.
        part: `train`, `validation` or `test` if the source gives a split, else empty.
        group: Group that stays within one split; empty if there is none.
        time: Time of the image if the source gives it; only the order matters.
        values: Texts of the target columns, if there are several.
        mask: Path of its mask, likewise, if the targets are masks; None if there is no such file.
        objects: Its annotated objects, if the targets are objects.
        size: `(height, width)` for which the objects are annotated, if the source gives it.
    """

    path: Path
    label: str
    part: str = ""
    group: str = ""
    time: float | None = None
    values: tuple[str, ...] = ()
    mask: Path | None = None
    objects: tuple[Annotation, ...] | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class LeftOut:
    """Files or folders that were skipped for one reason.

    Args:
        kind: The reason: `hidden`, `__MACOSX`, `link back`, `beside the class folders`, `no image (.txt)`.
        count: Number of files or folders.
        examples: The first few, relative to the folder of the source.
    """

    kind: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class PictureListing:
    """The images of a source, in order of part, class and path, or of the lines of a manifest.

    Args:
        root: The resolved folder to which all paths are relative.
        place: The dataset argument, for messages.
        origin: `folder`, `manifest`, `masks`, `coco`, `voc` or `yolo`.
        entries: The images.
        left_out: Skipped files and folders.
        empty: Class folders without images.
        columns: Names of the target columns; empty for a folder.
        categories: Names of the categories of objects, in the order of the source.
        keypoints: Names of the keypoints of an object; empty if the source has none.
        swaps: The pairs of keypoints that exchange in a mirrored image, if the source defines them.
        in_shares: Whether coordinates of objects are shares of the sides of the picture, not pixels.
    """

    root: Path
    place: str
    origin: str
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()
    empty: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()
    swaps: tuple[tuple[int, int], ...] | None = None
    in_shares: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The distinct labels, sorted."""
        return tuple(sorted({entry.label for entry in self.entries}))

    @property
    def has_masks(self) -> bool:
        """Whether the targets are masks in files."""
        return any(entry.mask is not None for entry in self.entries)

    @property
    def has_objects(self) -> bool:
        """Whether the targets are annotated objects."""
        return any(entry.objects is not None for entry in self.entries)

    @property
    def targets(self) -> RawTargets:
        """The targets of all entries as texts."""
        rows = [entry.values or entry.label for entry in self.entries]
        targets = {"train": np.array(rows, np.str_)}
        return RawTargets(targets, self.columns, are_classes=self.origin == "folder")


def tell_left_out(listing: PictureListing) -> None:
    """Log warnings for skipped files, except hidden ones, and for class folders without images."""
    for kind in listing.left_out:
        if kind.kind not in (HIDDEN, MAC):
            examples = ", ".join(kind.examples)
            logger.warning(
                "%s: skipped %d (%s), for example %s", listing.place, kind.count, kind.kind, examples
            )
    if listing.empty:
        logger.warning(
            "%s: skipped class folders without images: %s", listing.place, ", ".join(listing.empty)
        )


class Tally:
    """Counts skipped files and folders, and keeps the first examples of each kind."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._examples: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, path: str | Path) -> None:
        """Count one file or folder of a kind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(os.path.relpath(path, self._root))

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return all kinds, sorted by name."""
        return tuple(
            LeftOut(kind, self._counts[kind], tuple(self._examples[kind])) for kind in sorted(self._counts)
        )


def leaves(path: str | Path, root: Path) -> bool:
    """Return whether a path, with links resolved, is outside a folder."""
    return not Path(os.path.realpath(path)).is_relative_to(root)


def named(lines: Sequence[str] | Iterable[str], indent: str = "\n  ") -> str:
    """Return the first lines of a list for a message, and the number of further lines."""
    lines = list(lines)
    more = [f"and {len(lines) - NAMED} more"] if len(lines) > NAMED else []
    return "".join(indent + line for line in [*lines[:NAMED], *more])
