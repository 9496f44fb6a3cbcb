"""What targets of objects and maps contain: counts and boxes of each example, and examples to draw."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cnnsearch.data.annotations import Annotation, Box, box_around
from cnnsearch.data.arrays import Arrays
from cnnsearch.data.file_targets import FileTargets
from cnnsearch.data.objects import Objects
from cnnsearch.data.pictures import PictureForm
from cnnsearch.data.regions import box_of_runs
from cnnsearch.data.remarks import Remark
from cnnsearch.data.scan import PictureFile, Scan
from cnnsearch.data.splits import PARTS
from cnnsearch.data.threads import strip_threads
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task

Boxes = NDArray[np.float64]
"""`(boxes, 5)`: x0, y0, x1, y1 in pixels of the picture, and the index of the name."""
Read = Callable[[int, PictureForm], NDArray[np.uint8]]
"""Function that returns the image at a position in a form."""
Drawn = tuple[NDArray[np.uint8], Targets]
"""An image, `(height, width, channels)`, and its encoded target in its pixels."""
_STRIP = 8  # masks per task of a thread
_COORDINATES = np.zeros((0, 5))


@dataclass(frozen=True, eq=False)
class Contents:
    """The contents of the targets of a dataset, in the order of its examples.

    Args:
        names: The names of what is counted: classes, or keypoints.
        counts: The number of objects, or of labelled keypoints, of each name, `(examples, names)`; of
            segmentations, 1 where the class occurs.
        objects: The number of objects of each example; of segmentations, of classes.
        boxes: The boxes of each example; none for keypoints and segmentations.
        ys: The targets of each given part; those of all examples are of `train`. Those of masks in files have
            the classes of each mask in place of its positions.
        remarks: The remarks on the targets.
        unused: The categories without objects.
        place: Returns where the box at a position and an index of it is annotated.
        drawn: Returns the example at a position and its target, on at most so many pixels along each side;
            None if examples are not images.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    objects: NDArray[np.int64]
    boxes: tuple[Boxes, ...]
    ys: Mapping[str, Targets]
    remarks: tuple[Remark, ...]
    unused: tuple[str, ...]
    place: Callable[[int, int], str]
    drawn: Callable[[int, int], Drawn] | None


def contents_of_scan(scan: Scan, read: Read) -> Contents | None:
    """Return the contents of the targets of image files; None if they are texts."""
    if scan.targets is None:
        return None
    task, y = scan.task, scan.targets.y
    names, counts, objects = _counts(task, y)
    return Contents(
        names,
        counts,
        objects,
        tuple(_boxes_of_scan(scan, names)),
        _by_part(scan.files, y),
        scan.remarks,
        scan.unused,
        partial(_place, scan.targets),
        partial(_drawn, scan.targets, scan.files, read),
    )


def contents_of_arrays(arrays: Arrays, remarks: Sequence[Remark], read: Read | None) -> Contents | None:
    """Return the contents of targets in arrays; None unless they are of objects or maps.

    Args:
        arrays: The examples and targets.
        remarks: The remarks on the targets.
        read: Returns an image; None if the examples are not images.
    """
    task, xs, ys = arrays.task, arrays.xs, arrays.ys
    if not task.is_dense:
        return None
    found = [_counts(task, y) for y in ys.values()]
    names = found[0][0]
    things = _indices(task, names)
    pairs = [(x[i], y[i]) for x, y in zip(xs.values(), ys.values(), strict=True) for i in range(len(x))]

    def drawn(position: int, side: int) -> Drawn:
        assert read is not None
        x, y = pairs[position]
        return read(position, PictureForm("RGB", *x.shape[:2])), y

    return Contents(
        names,
        np.concatenate([counts for _, counts, _ in found]),
        np.concatenate([objects for _, _, objects in found]),
        tuple(_boxes_of_target(task, things, y) for _, y in pairs),
        ys,
        tuple(remarks),
        (),
        lambda position, index: f"box {index}",
        drawn if read else None,
    )


def _counts(task: Task, y: Targets) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Return the names, their counts, and the number of objects of each example."""
    if task.type == "keypoints":
        is_labelled = y[..., 2] > 0
        return task.names, is_labelled.sum(axis=1), is_labelled.any(axis=2).sum(axis=1)
    numbers = task.numbers(y)
    if task.type == "segmentation":
        counts = (numbers > 0).astype(np.int64)
        return task.names, counts, counts.sum(axis=1)
    names = tuple(task.counts(y[:0]))  # those of classes with instances
    counts = numbers[:, _indices(task, names)].astype(np.int64)
    return names, counts, counts.sum(axis=1)


def _indices(task: Task, names: Sequence[str]) -> list[int]:
    """Return the index of the class of each name."""
    return [task.names.index(name) for name in names]


def _by_part(files: Sequence[PictureFile], y: Targets) -> dict[str, Targets]:
    parts = np.array([file.part or "train" for file in files])
    return {part: y[parts == part] for part in PARTS if part in parts}


def _boxes_of_scan(scan: Scan, names: Sequence[str]) -> list[Boxes]:
    targets, kind = scan.targets, scan.task.type
    assert targets is not None
    if kind not in ("detection", "instances"):
        return [_COORDINATES] * len(scan.files)
    if isinstance(targets, Objects):
        return [
            np.array(
                [(*_box(one), names.index(one.category)) for one in entry.objects or () if not one.is_crowd],
                np.float64,
            ).reshape(-1, 5)
            for entry in targets.listing.entries
        ]
    with strip_threads() as threads:
        boxes_of = partial(_boxes_of_mask, targets, scan, _indices(scan.task, names))
        found = threads.map(boxes_of, range(len(scan.files)), _STRIP)
        return [boxes for strip in found for boxes in strip]


def _box(one: Annotation) -> Box:
    if one.box is not None:
        return one.box
    assert one.region is not None
    return box_around(one.region.polygons) if one.region.polygons else box_of_runs(one.region)


def _boxes_of_mask(targets: FileTargets, scan: Scan, things: Sequence[int], position: int) -> Boxes:
    file = scan.files[position]
    if file.problem or not targets.listing.entries[position].label:
        return _COORDINATES
    form = PictureForm("L", file.height, file.width)
    return _boxes_of_target(scan.task, things, _target(targets, position, form))


def _boxes_of_target(task: Task, things: Sequence[int], target: Targets) -> Boxes:
    """Return the boxes of an encoded target.

    Args:
        task: The task.
        things: The indices of the classes of objects, in the order of the names.
        target: The target.
    """
    if task.type == "detection":
        return target[target[:, 4] >= 0].astype(np.float64)
    if task.type != "instances":
        return _COORDINATES
    boxes = []
    for number, window in enumerate(ndimage.find_objects(target[..., 1].astype(np.int64)), 1):
        if window is None:
            continue
        rows, columns = window
        kind = int(target[window][..., 0][target[window][..., 1] == number][0])
        if kind in things:
            ends = columns.start, rows.start, columns.stop, rows.stop
            boxes.append((*ends, things.index(kind)))
    return np.array(boxes, np.float64).reshape(-1, 5)


def _place(targets: FileTargets, position: int, index: int) -> str:
    objects = targets.listing.entries[position].objects
    if objects is None:
        return f"box {index}"
    return [one.place for one in objects if not one.is_crowd][index]


def _drawn(targets: FileTargets, files: Sequence[PictureFile], read: Read, position: int, side: int) -> Drawn:
    file = files[position]
    scale = min(1.0, side / max(file.width, file.height))
    form = PictureForm("RGB", max(1, round(file.height * scale)), max(1, round(file.width * scale)))
    return read(position, form), _target(targets, position, form)


def _target(targets: FileTargets, position: int, form: PictureForm) -> Targets:
    """Return the encoded target of one picture in a form."""
    if isinstance(targets, Objects):  # whose writing encodes the objects of all pictures of a listing
        entry, size = targets.listing.entries[position], targets.sizes[position]
        targets = replace(targets, listing=replace(targets.listing, entries=(entry,)), sizes=(size,))
        position = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "target.npy")
        targets.write([position], form, file)
        target: Any = np.load(file, allow_pickle=False)
    return target[0]  # type: ignore[no-any-return]
