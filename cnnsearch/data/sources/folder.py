"""Folder of class folders, or of train/validation/test folders with class folders -> listing."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnsearch.data.listing import HIDDEN, MAC, SUFFIXES, Entry, PictureListing, Tally, leaves, named
from cnnsearch.data.reach import OWN_FOLDER, Reach, tell_links
from cnnsearch.data.sources.base import PictureSource, refuse_columns
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError

PART_SPELLINGS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
_LAYOUT = "a folder for each class, or train, validation and test folders with class folders"
_LOOSE = "beside the class folders"


def list_folder(
    folder: Path,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the images of a dataset folder; class folders are searched recursively.

    Hidden files and folders, `__MACOSX`, files that are not images and links back into the folder are
    skipped and counted. A link to a folder is followed at most once, so cycles of links are harmless.

    Args:
        folder: The folder.
        columns: Only for manifests.
        task: Without effect: the labels are names of folders in any case.
        reach: Whether links out of the folder are followed; if so, a line names the place of their targets.

    Raises:
        DataError: The folder has neither of the two layouts, a link leads out of it, or `columns` are given,
            which apply to manifests only.
    """
    refuse_columns(folder, columns)
    return _Walk(folder, reach).listing()


def list_all(folder: Path, reach: Reach = OWN_FOLDER, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """List all images below a folder, whatever its layout, sorted; entries are skipped as in a dataset.

    Args:
        folder: The folder.
        reach: Whether links out of the folder are followed.
        suffixes: The suffixes of other files to list in place of images, in lower case.

    Raises:
        DataError: A link leads out of the folder, and links are not followed.
    """
    return _Walk(folder, reach, suffixes).pictures()


class _Walk:
    """One pass over a folder; it collects skipped and refused entries."""

    def __init__(self, folder: Path, reach: Reach, suffixes: tuple[str, ...] = SUFFIXES) -> None:
        self._given, self._root, self._suffixes = folder, folder.resolve(), suffixes
        self._follows_links = reach.follow_links
        self._entered = {os.fspath(self._root)}
        self._linked: list[str] = []
        self._tally = Tally(self._root)
        self._leaving: list[str] = []
        self._empty: list[str] = []

    def listing(self) -> PictureListing:
        folders, loose = self._look(self._root)
        parts = self._parts(folders)
        for path in loose if parts else ():
            self._tally.add(_LOOSE, path)
        entries = [
            entry
            for part, folder in parts.items()
            for entry in self._classes(folder, part, *self._look(folder))
        ] or self._classes(self._root, "", folders, loose)
        self._conclude_links()
        left_out, empty = self._tally.left_out(), tuple(sorted(self._empty))
        return PictureListing(self._root, str(self._given), "folder", tuple(entries), left_out, empty)

    def pictures(self) -> list[Path]:
        found = sorted(self._given / path for path in self._pictures(self._root))
        self._conclude_links()
        return found

    def _conclude_links(self) -> None:
        tell_links(self._linked, str(self._given))
        if self._leaving:
            raise DataError(
                f"{self._given}: found links that lead out of the folder, which are not followed:"
                f"{named(self._leaving)}\n"
                "Copy their targets into the folder, or allow them with --follow-links."
            )

    def _parts(self, folders: list[Path]) -> dict[str, Path]:
        """Return the folders of the parts in order; empty if they are classes, even one named `train`."""
        parts = [folder for folder in folders if folder.name.lower() in PART_SPELLINGS]
        if not parts or (len(parts) < len(folders) and not any(map(_has_folders, parts))):
            return {}
        by_part = {PART_SPELLINGS[folder.name.lower()]: folder for folder in parts}
        if len(parts) < len(folders) or len(by_part) < len(parts) or "train" not in by_part:
            names = ", ".join(folder.name for folder in folders)
            raise DataError(f"{self._given}: found the folders {names}; expected {_LAYOUT}.")
        return {part: by_part[part] for part in PARTS if part in by_part}

    def _classes(self, place: Path, part: str, folders: list[Path], loose: list[str]) -> list[Entry]:
        entries: list[Entry] = []
        for folder in folders:
            files = list(self._pictures(folder))
            entries += [Entry(path, folder.name, part) for path in files]
            if not files:
                self._empty.append(folder.relative_to(self._root).as_posix())
        if not entries and not self._leaving:
            raise DataError(
                f"{place}: found no class folders with images, and {len(loose)} images outside of folders; "
                f"expected {_LAYOUT}."
            )
        for path in loose:
            self._tally.add(_LOOSE, path)
        return entries

    def _pictures(self, folder: Path) -> Iterator[Path]:
        folders, files = self._look(folder)
        start = len(str(self._root)) + 1
        yield from (Path(path[start:]) for path in files)
        for subfolder in folders:
            yield from self._pictures(subfolder)

    def _look(self, folder: Path) -> tuple[list[Path], list[str]]:
        """Return the folders and images in a folder, sorted, and count other entries."""
        folders, files = [], []
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                kind = self._kind(entry)
                if kind == "folder":
                    folders.append(Path(entry.path))
                elif kind == "picture":
                    files.append(entry.path)
                elif kind:
                    self._tally.add(kind, entry.path)
        return folders, files

    def _kind(self, entry: os.DirEntry[str]) -> str:
        """Return `folder`, `picture`, or why an entry is skipped; empty if it is refused."""
        if entry.name == MAC or entry.name.startswith("."):
            return MAC if entry.name == MAC else HIDDEN
        is_folder = _is_folder(entry)
        if entry.is_symlink() and Path(entry.path).exists():
            is_out = leaves(entry.path, self._root)
            if is_out and not self._follows_links:
                self._leaving.append(os.path.relpath(entry.path, self._root))
                return ""
            if is_folder and not (is_out and self._enters(entry.path)):
                return "link back"
            if is_out:
                self._linked.append(entry.path)
        if is_folder:
            return "folder"
        return (
            "picture" if entry.name.lower().endswith(self._suffixes) else f"no image ({_suffix(entry.name)})"
        )

    def _enters(self, link: str) -> bool:
        """Return whether to enter a link to a folder: not if its target shares files with one entered before.

        So a loop ends, and no image is listed twice.
        """
        target = os.path.realpath(link)
        if any(_share(target, entered) for entered in self._entered):
            return False
        self._entered.add(target)
        return True


def _has_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(_is_folder(entry) and not entry.name.startswith((".", MAC)) for entry in entries)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or leads to one; a link in a loop does not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _share(one: str, other: str) -> bool:
    return Path(one).is_relative_to(other) or Path(other).is_relative_to(one)


def _suffix(name: str) -> str:
    return Path(name).suffix.lower() or "no suffix"


FOLDER = PictureSource("a folder of class folders", takes=Path.is_dir, list=list_folder)
