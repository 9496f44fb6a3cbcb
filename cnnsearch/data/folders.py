"""A folder of class folders, or of train/validation/test folders holding those: found, split, then decoded.

The split comes before the decoding, because the training pictures alone decide the form of all.
"""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.content import Content, draw_missing, split_origin
from cnnsearch.data.measures import file_fingerprint
from cnnsearch.data.pictures import choose_form, decode
from cnnsearch.data.splits import PARTS
from cnnsearch.data.summary import Split
from cnnsearch.errors import DataError

logger = logging.getLogger(__name__)

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
_SPELLINGS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
_LAYOUT = "a folder for each class, or train, validation and test folders that hold those"


@dataclass(frozen=True, eq=False)
class Listing:
    """The parts that were found (`train` holds everything where the set is undivided).

    Args:
        files: Each part's pictures, in order of class, then of their path.
        ys: Each part's class indices, int64.
        labels: The class folders' names, sorted.
    """

    files: dict[str, list[Path]]
    ys: dict[str, NDArray[np.int64]]
    labels: tuple[str, ...]


def read_folder(root: Path, image_size: tuple[int, int] | None, seed: int) -> Content:
    """Lists a folder's pictures, completes the splits and decodes every picture.

    Raises:
        DataError: The layout, the number of pictures of a class or a picture is not as expected.
    """
    listing = list_folder(root)
    drawn = draw_missing(listing.ys, listing.labels, str(root), seed)
    files, ys = dict(listing.files), dict(listing.ys)
    for part, index in drawn.items():
        files[part] = [listing.files["train"][i] for i in index]
        ys[part] = listing.ys["train"][index]
    form = choose_form(files["train"], image_size)
    splits: dict[str, Split] = {}
    digests: dict[Path, str] = {}
    for part in PARTS:
        x, hashes = decode(files[part], form)
        splits[part] = Split(x, ys[part])
        digests.update(zip((path.relative_to(root) for path in files[part]), hashes, strict=True))
    size = (form.height, form.width)
    origin = split_origin(listing.files)
    return Content(splits, listing.labels, file_fingerprint(digests), origin, form.mode, size)


def list_folder(root: Path) -> Listing:
    """Lists the pictures of a dataset folder; class folders are searched to any depth.

    Hidden files and folders and `__MACOSX` are passed over; so are, with a warning, files that are no
    pictures and folders without any. A link to a folder is followed only where a part or class folder is
    expected, and never back to where it came from, so a loop ends.

    Raises:
        DataError: The folder has neither of the two layouts.
    """
    parts = {part: _list_classes(folder) for part, folder in _part_folders(root).items()}
    labels = tuple(sorted({label for classes in parts.values() for label in classes}))
    files, ys = {}, {}
    for part, classes in parts.items():
        files[part] = [path for label in sorted(classes) for path in classes[label]]
        ys[part] = np.repeat(
            np.arange(len(labels), dtype=np.int64), [len(classes.get(label, ())) for label in labels]
        )
    return Listing(files, ys, labels)


def _part_folders(root: Path) -> dict[str, Path]:
    folders = _subfolders(root)
    named = [folder for folder in folders if folder.name.lower() in _SPELLINGS]
    plain = len(named) < len(folders) and not any(
        map(_subfolders, named)
    )  # a class may be called `train` too
    if plain or not folders:
        return {"train": root}
    others = [folder.name for folder in folders if folder not in named]
    parts = {_SPELLINGS[folder.name.lower()]: folder for folder in named}
    if others or len(parts) < len(named) or "train" not in parts:
        names = ", ".join(folder.name for folder in folders)
        raise DataError(f"{root}: holds the folders {names}; expected {_LAYOUT}.")
    return parts


def _list_classes(folder: Path) -> dict[str, list[Path]]:
    left_out: Counter[str] = Counter()
    classes = {subfolder.name: list(_pictures(subfolder, left_out)) for subfolder in _subfolders(folder)}
    empty = [name for name, files in classes.items() if not files]
    loose = _count_pictures(folder)
    if len(empty) == len(classes):
        raise DataError(
            f"{folder}: no class folders with pictures ({loose} pictures lie loose); expected {_LAYOUT}."
        )
    if loose:
        logger.warning("%s: %d pictures beside the class folders were left out", folder, loose)
    if empty:
        logger.warning("%s: no pictures in %s, left out", folder, ", ".join(empty))
    if left_out:
        kinds = ", ".join(f"{count} {suffix or '(no suffix)'}" for suffix, count in left_out.most_common())
        logger.warning("%s: files that are no pictures were left out: %s", folder, kinds)
    return {name: files for name, files in classes.items() if files}


def _subfolders(folder: Path) -> list[Path]:
    home = folder.resolve()
    return sorted(
        entry
        for entry in folder.iterdir()
        if entry.is_dir() and _counts(entry.name) and not _loops(entry, home)
    )


def _loops(entry: Path, home: Path) -> bool:
    target = entry.resolve()
    return entry.is_symlink() and (home.is_relative_to(target) or target.is_relative_to(home))


def _counts(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _count_pictures(folder: Path) -> int:
    return sum(_counts(entry.name) and entry.suffix.lower() in SUFFIXES for entry in folder.iterdir())


def _pictures(folder: Path, left_out: Counter[str]) -> Iterator[Path]:
    for place, subfolders, names in os.walk(folder):  # does not follow links to folders
        subfolders[:] = sorted(filter(_counts, subfolders))
        for path in (Path(place, name) for name in sorted(filter(_counts, names))):
            if path.suffix.lower() in SUFFIXES:
                yield path
            else:
                left_out[path.suffix.lower()] += 1
