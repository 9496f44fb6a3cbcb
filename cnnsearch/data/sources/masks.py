"""Folders of pictures and of masks with the same names -> listing."""

from collections.abc import Mapping
from pathlib import Path

from cnnsearch.data.listing import Entry, PictureListing, named
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.sources.base import PictureSource, refuse_columns
from cnnsearch.data.sources.folder import list_all
from cnnsearch.data.sources.pairs import find_pairs
from cnnsearch.errors import DataError

_PICTURES, _MASKS = ("images", "image", "imgs", "img"), ("masks", "mask", "labels", "label", "annotations")
_ENDINGS = ("_mask", "_masks", "_label", "_labels", "-mask", "-label")
"""What the name of a mask may add to that of its picture."""
_LAYOUT = "a folder images and a folder masks, or train, validation and test folders with both"


def list_masks(
    folder: Path,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the pictures of a folder, each with its mask: the file of the same name, whatever its suffix.

    A picture without one has the mask None, which is a fault of its target.

    Args:
        folder: A folder with `images` and `masks`, or with part folders that have both.
        columns: Only for manifests.
        task: `segmentation`, or `instances` for masks of the numbers of instances.
        reach: Whether links out of the folder are followed.

    Raises:
        DataError: No picture of a part has a mask, or one has several; or an option does not apply.
    """
    refuse_columns(folder, columns)
    check_task(task, str(folder))
    root, entries = folder.resolve(), list[Entry]()
    for part, (pictures, masks) in find_pairs(folder, _PICTURES, _MASKS).items():
        entries += _entries(folder, pictures, masks, part, reach)
    return PictureListing(root, str(folder), "masks", tuple(entries), columns=("mask",))


def check_task(task: str | None, place: str) -> None:
    """Check that a task has masks as targets.

    Raises:
        DataError: It has other targets.
    """
    if task not in (None, "segmentation", "instances"):
        raise DataError(
            f"{place}: has masks, which are for --task segmentation or --task instances; found {task}."
        )


def _is_masks(path: Path) -> bool:
    return path.is_dir() and bool(find_pairs(path, _PICTURES, _MASKS))


def _entries(folder: Path, pictures: Path, masks: Path, part: str, reach: Reach) -> list[Entry]:
    by_name: dict[str, list[Path]] = {}
    for path in list_all(masks, reach):
        by_name.setdefault(_name_of(path, masks), []).append(path)
    found = list[Entry]()
    for path in list_all(pictures, reach):
        name = path.relative_to(pictures).with_suffix("").as_posix()
        own = by_name.pop(name, [])
        if len(own) > 1:
            raise DataError(f"{folder}: found {len(own)} masks of one picture:{named(map(str, own))}")
        mask = own[0].relative_to(folder) if own else None
        found.append(Entry(path.relative_to(folder), "", part, mask=mask))
    if all(entry.mask is None for entry in found):
        raise DataError(
            f"{folder}: found {len(found)} pictures without a mask of the same name in {masks.name}:"
            f"{named(str(entry.path) for entry in found)}\nexpected {_LAYOUT}."
        )
    if by_name:
        rest = [str(path.relative_to(folder)) for paths in by_name.values() for path in paths]
        raise DataError(f"{folder}: found {len(rest)} masks without a picture of the same name:{named(rest)}")
    return found


def _name_of(path: Path, masks: Path) -> str:
    """Return the name of a mask's picture."""
    name = path.relative_to(masks).with_suffix("").as_posix()
    ending = next((ending for ending in _ENDINGS if name.lower().endswith(ending)), "")
    return name[: len(name) - len(ending)]


MASKS = PictureSource("a folder of images and a folder of masks", takes=_is_masks, list=list_masks)
