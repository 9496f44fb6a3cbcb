"""The targets of annotated objects by task: as they divide the pictures, and as they are written."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.listing import Entry, PictureListing, named
from cnnsearch.data.object_arrays import boxes_of, keypoints_of, placed_boxes, placed_keypoints
from cnnsearch.data.object_checks import Size
from cnnsearch.data.packing import pack_maps
from cnnsearch.data.pictures import PictureForm
from cnnsearch.data.placement import Placement
from cnnsearch.data.regions import instance_rows, painted, placed_instances
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets
from cnnsearch.tasks.instances.task import MOST_INSTANCES

BACKGROUND = "background"
"""The first class of instances, which has none."""


def raw_targets(listing: PictureListing, task: str) -> RawTargets:
    """Return the targets of a listing for a task.

    Boxes and keypoints are in pixels of the pictures as they are; instances are the rows of
    `regions.instance_rows`.

    Raises:
        DataError: A picture has too many instances, or a category has the name of the background.
    """
    if task == "detection":
        return RawTargets({"train": boxes_of(listing)}, listing.categories)
    if task == "keypoints":
        return RawTargets({"train": keypoints_of(listing)}, listing.keypoints, swaps=listing.swaps)
    classes = _classes(listing)
    rows = [
        [classes[one.category] for one in entry.objects or () if not one.is_crowd]
        for entry in listing.entries
    ]
    _check_numbers(listing, list(map(len, rows)))
    return RawTargets({"train": instance_rows(rows)}, tuple(classes))


def write_boxes(
    listing: PictureListing, sizes: Sequence[Size], positions: Sequence[int], form: PictureForm, file: Path
) -> None:
    """Write the boxes of pictures, `(pictures, most boxes of the listing, 5)`, in pixels as stored."""
    boxes, own = boxes_of(listing)[list(positions)], [sizes[index] for index in positions]
    np.save(file, placed_boxes(boxes, own, _places(own, form)), allow_pickle=False)


def write_keypoints(
    listing: PictureListing, sizes: Sequence[Size], positions: Sequence[int], form: PictureForm, file: Path
) -> None:
    """Write the keypoints of pictures, `(pictures, most objects of the listing, keypoints, 3)`."""
    points, own = keypoints_of(listing)[list(positions)], [sizes[index] for index in positions]
    np.save(file, placed_keypoints(points, own, _places(own, form)), allow_pickle=False)


def write_instances(
    listing: PictureListing, sizes: Sequence[Size], positions: Sequence[int], form: PictureForm, file: Path
) -> None:
    """Write the class and the number of the instance of each position, `(pictures, height, width, 2)`."""
    pictures = [(listing.entries[index], sizes[index]) for index in positions]
    pack_maps(pictures, partial(_formed, _classes(listing), form), (form.height, form.width, 2), file)


WRITERS: dict[str, Callable[[PictureListing, Sequence[Size], Sequence[int], PictureForm, Path], None]] = {
    "detection": write_boxes,
    "keypoints": write_keypoints,
    "instances": write_instances,
}
"""What writes the targets of pictures at positions of a listing, by task."""


def _classes(listing: PictureListing) -> dict[str, int]:
    """Return the index of each class of instances."""
    if BACKGROUND in listing.categories:
        raise DataError(
            f"{listing.place}: found a category {BACKGROUND!r}, the name of the class without instances; "
            "expected another name."
        )
    return {name: index for index, name in enumerate((BACKGROUND, *listing.categories))}


def _check_numbers(listing: PictureListing, counts: Sequence[int]) -> None:
    pairs = zip(listing.entries, counts, strict=True)
    if many := [f"{entry.path}: {count}" for entry, count in pairs if count > MOST_INSTANCES]:
        raise DataError(
            f"{listing.place}: found pictures with more than {MOST_INSTANCES} instances:{named(many)}"
        )


def _places(sizes: Sequence[Size], form: PictureForm) -> list[Placement]:
    return [Placement.of(size, (form.height, form.width)) for size in sizes]


def _formed(classes: dict[str, int], form: PictureForm, picture: tuple[Entry, Size]) -> NDArray[np.uint8]:
    entry, size = picture
    return placed_instances(painted(entry.objects or (), classes, size), form)
