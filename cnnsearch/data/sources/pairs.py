"""Datasets of two folders, pictures and what belongs to them, whole or in a folder of each part."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnsearch.data.listing import named
from cnnsearch.data.sources.folder import PART_SPELLINGS
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError


def find_pairs(folder: Path, pictures: Sequence[str], others: Sequence[str]) -> dict[str, tuple[Path, Path]]:
    """Return the two folders of each part; of an undivided dataset of the part ``; empty if there are none.

    Args:
        folder: The dataset.
        pictures: Names that the folder of pictures may have, in lower case.
        others: Names that the other folder may have.
    """
    if own := _pair(folder, pictures, others):
        return {"": own}
    parts = {
        PART_SPELLINGS[inner.name.lower()]: pair
        for inner in folder.iterdir()
        if inner.is_dir()
        and inner.name.lower() in PART_SPELLINGS
        and (pair := _pair(inner, pictures, others))
    }
    return {part: parts[part] for part in PARTS if part in parts} if "train" in parts else {}


def _pair(folder: Path, pictures: Sequence[str], others: Sequence[str]) -> tuple[Path, Path] | None:
    inner = {path.name.lower(): path for path in folder.iterdir() if path.is_dir()}
    found = [[inner[name] for name in names if name in inner] for names in (pictures, others)]
    return (found[0][0], found[1][0]) if all(len(folders) == 1 for folders in found) else None


def by_name(paths: Sequence[Path], folder: Path, what: str, place: str) -> dict[str, Path]:
    """Return files by their paths within a folder, without suffix.

    Raises:
        DataError: Files differ in their suffix only.
    """
    found: dict[str, Path] = {}
    for path in paths:
        name = path.relative_to(folder).with_suffix("").as_posix()
        if (other := found.setdefault(name, path)) is not path:
            raise DataError(f"{place}: found two {what} of one name:{named([str(other), str(path)])}")
    return found


def check_no_rest(others: Mapping[str, Path], pictures: Mapping[str, Path], what: str, folder: Path) -> None:
    """Check that each file beside the pictures belongs to one of them.

    Raises:
        DataError: Files have no picture of the same name.
    """
    rest = [str(path.relative_to(folder)) for name, path in others.items() if name not in pictures]
    if rest:
        raise DataError(
            f"{folder}: found {len(rest)} {what} without a picture of the same name:{named(rest)}"
        )
