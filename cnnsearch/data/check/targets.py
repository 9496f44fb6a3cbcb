"""Findings in targets of objects and maps: faults, doubtful objects, and names that are rare or unused."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.check.contents import Boxes, Contents
from cnnsearch.data.check.inventory import ARRAYS, Inventory
from cnnsearch.data.check.report import SHOWN, Finding, Kind, Occurrence, Severity, printable
from cnnsearch.data.check.target_summary import pictures_by_part
from cnnsearch.data.remarks import ChangeKind, FaultKind, Remark
from cnnsearch.errors import DataError

_ALIKE = 0.95  # intersection over union of boxes that are likely of one object
_CHUNK = 512  # boxes compared with all others of their class at a time
_LEAST = 5  # pictures of each name required for a split into three parts
_NAMED = 10  # names listed in a message

_FAULTS: dict[FaultKind, tuple[str, str, str]] = {
    "undeclared": (
        "object of a category",
        "objects of categories",
        "not declared. Declare all categories, or remove such objects.",
    ),
    "other_size": (
        "picture",
        "pictures",
        "of another size than annotated. The annotations may be of another version of the picture, or of one "
        "that is not upright; replace such pictures, or correct the annotations.",
    ),
    "no_box": ("object", "objects", "without a box. Add boxes, or remove such objects."),
    "empty_box": (
        "box",
        "boxes",
        "of no size, or with the end before the start. Correct or remove such boxes.",
    ),
    "outside_box": ("box", "boxes", "outside of the picture. Correct or remove such boxes."),
    "region": ("object", "objects", "without a region in the picture. Correct or remove such objects."),
    "mask_missing": (
        "picture",
        "pictures",
        "without a mask of the same name. Add masks, or remove such pictures.",
    ),
    "mask_size": ("mask", "masks", "of another size than the picture. Scale masks to the nearest pixel."),
    "mask_jpeg": ("mask", "masks", "saved as JPEG, which changes values. Export masks as PNG."),
    "mask_colours": (
        "mask",
        "masks",
        "with colours in place of a value for each class. Export masks with a palette, or as grey values.",
    ),
    "mask_values": (
        "mask",
        "masks",
        "with other values than one number for each instance. Export such masks anew.",
    ),
    "mask_unreadable": (
        "mask",
        "masks",
        "that cannot be read. Replace such masks, or remove their pictures.",
    ),
}
"""One and several of what has a fault, the fault, and what to do."""
_CHANGES: dict[ChangeKind, tuple[Severity, str, str, str]] = {
    "clipped": ("warning", "box", "boxes", "partly outside of the picture"),
    "outside_keypoint": ("warning", "keypoint", "keypoints", "outside of the picture"),
    "unlabelled": ("warning", "object", "objects", "without labelled keypoints, left out"),
    "crowd": ("note", "crowd (iscrowd)", "crowds (iscrowd)", "left out"),
}
_CHANGED: dict[ChangeKind, str] = {
    "clipped": ", clipped to it",
    "outside_keypoint": ", counted as not labelled",
}
"""What loading does with targets in files."""
_WITHOUT_OBJECTS = (
    "without an object",
    " Training takes all of such a picture as background; check that annotations are not missing.",
)
_EMPTY = {
    "keypoints": (
        "without a labelled keypoint",
        " Training takes such a picture as one without objects; check that annotations are not missing.",
    ),
    "segmentation": (
        "with a mask without a class: every position is ignored",
        " Remove them, or correct their masks.",
    ),
}
"""What pictures without objects lack, and what follows, by task."""


def find_in_targets(inventory: Inventory) -> Iterator[Finding]:
    """Yield the findings about targets of objects and maps; none for other targets.

    Of a given test set, only faults are reported, because of which it is not loaded.
    """
    contents = inventory.contents
    if contents is None:
        return
    yield from _faults(inventory, contents)
    yield from _unsuitable(inventory, contents)
    yield from _changes(inventory, contents)
    yield from _repeated(inventory, contents)
    yield from _without_objects(inventory, contents)
    yield from _unused(contents)
    yield from _rare(inventory, contents)


def _faults(inventory: Inventory, contents: Contents) -> Iterator[Finding]:
    for kind, (one, several, fault) in _FAULTS.items():
        if remarks := [remark for remark in contents.remarks if remark.kind == kind]:
            message = f"{_number(len(remarks), one, several)} {fault}"
            yield _finding(inventory, kind, "error", message, remarks)


def _unsuitable(inventory: Inventory, contents: Contents) -> Iterator[Finding]:
    try:
        inventory.task.check(contents.ys, "targets")
    except DataError as error:
        yield Finding(kind="unsuitable", severity="error", count=1, message=str(error))


def _changes(inventory: Inventory, contents: Contents) -> Iterator[Finding]:
    is_array = inventory.origin == ARRAYS
    for kind, (severity, one, several, text) in _CHANGES.items():
        is_fault = is_array and kind == "outside_keypoint"  # those of arrays are refused
        remarks = [
            remark
            for remark in contents.remarks
            if remark.kind == kind and (is_fault or inventory.files[remark.position].part != "test")
        ]
        if remarks:
            done = "" if is_array else _CHANGED.get(kind, "")
            message = f"{_number(len(remarks), one, several)} {text}{done}."
            yield _finding(inventory, kind, "error" if is_fault else severity, message, remarks)


def _finding(
    inventory: Inventory, kind: Kind, severity: Severity, message: str, remarks: Sequence[Remark]
) -> Finding:
    return Finding(
        kind=kind,
        severity=severity,
        count=len(remarks),
        message=message,
        examples=tuple(_occurrence(inventory.name(remark.position), remark) for remark in remarks[:SHOWN]),
    )


def _occurrence(name: str, remark: Remark) -> Occurrence:
    return Occurrence(files=(name,), note=remark.text if printable(remark.place) == name else str(remark))


def _repeated(inventory: Inventory, contents: Contents) -> Iterator[Finding]:
    pairs = [
        (position, one, other)
        for position in inventory.open_positions
        for one, other in _pairs(contents.boxes[position])
    ]
    if pairs:
        yield Finding(
            kind="repeated_box",
            severity="warning",
            count=len(pairs),
            message=f"{_number(len(pairs), 'pair', 'pairs')} of boxes of one class with an intersection over "
            f"union above {_ALIKE} in a picture, likely of one object. Remove one of the two.",
            examples=tuple(
                Occurrence(
                    files=(inventory.name(position),),
                    note=f"{contents.names[int(contents.boxes[position][one, 4])]}: "
                    f"{contents.place(position, one)}, {contents.place(position, other)}",
                )
                for position, one, other in pairs[:SHOWN]
            ),
        )


def _pairs(boxes: Boxes) -> list[tuple[int, int]]:
    """Return the indices of boxes of one class that nearly coincide."""
    found: list[tuple[int, int]] = []
    for kind in np.unique(boxes[:, 4]):
        own = np.flatnonzero(boxes[:, 4] == kind)
        for start in range(0, len(own), _CHUNK):
            overlaps = _overlaps(boxes[own[start : start + _CHUNK]], boxes[own])
            rows, columns = np.nonzero(overlaps > _ALIKE)
            is_later = columns > rows + start
            pairs = zip(own[rows[is_later] + start].tolist(), own[columns[is_later]].tolist(), strict=True)
            found += pairs
    return found


def _overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the intersections over unions, `(boxes, others)`."""
    ends, starts = (
        limit(boxes[:, None, part], others[None, :, part])
        for limit, part in ((np.minimum, slice(2, 4)), (np.maximum, slice(0, 2)))
    )
    shared = np.maximum(ends - starts, 0.0).prod(axis=-1)
    area, other = ((each[:, 2:4] - each[:, :2]).prod(axis=-1) for each in (boxes, others))
    overlaps: NDArray[np.float64] = shared / np.maximum(area[:, None] + other - shared, 1e-12)
    return overlaps


def _without_objects(inventory: Inventory, contents: Contents) -> Iterator[Finding]:
    """Yield findings about pictures without objects or classes, apart from those with faults."""
    faulty = {remark.position for remark in contents.remarks if remark.kind in _FAULTS}
    shown = [i for i in inventory.open_positions if i not in faulty]
    empty = [i for i in shown if not contents.objects[i]]
    what, effect = _EMPTY.get(inventory.task.type, _WITHOUT_OBJECTS)
    if empty:
        yield _about_empty(inventory, "warning", empty, what, effect)
    if inventory.task.type == "segmentation" and contents.names[0] == "0":
        plain = [i for i in shown if contents.objects[i] == contents.counts[i, 0] == 1]
        if plain and len(contents.names) > 1:
            yield _about_empty(inventory, "note", plain, "with the class 0 only", "")


def _about_empty(
    inventory: Inventory, severity: Severity, positions: Sequence[int], what: str, effect: str
) -> Finding:
    return Finding(
        kind="without_objects",
        severity=severity,
        count=len(positions),
        message=f"{_number(len(positions), 'picture', 'pictures')} "
        f"({len(positions) / len(inventory.files):.1%}) {what}.{effect}",
        examples=tuple(Occurrence(files=(inventory.name(i),)) for i in positions[:SHOWN]),
    )


def _unused(contents: Contents) -> Iterator[Finding]:
    if contents.unused:
        yield Finding(
            kind="unused_category",
            severity="warning",
            count=len(contents.unused),
            message=f"{_number(len(contents.unused), 'category', 'categories')} without objects, left out: "
            f"{_named(contents.unused)}.",
            examples=tuple(Occurrence(files=(name,)) for name in contents.unused[:SHOWN]),
        )


def _rare(inventory: Inventory, contents: Contents) -> Iterator[Finding]:
    totals = pictures_by_part(inventory, contents)
    sums = {name: sum(counts[name] for counts in totals.values()) for name in contents.names}
    if rare := [f"{name} ({count})" for name, count in sums.items() if count < _LEAST]:
        noun = inventory.task.noun
        yield Finding(
            kind="few_examples",
            severity="warning",
            count=len(rare),
            message=f"{_number(len(rare), noun, f'{noun}es' if noun.endswith('s') else f'{noun}s')} in fewer "
            f"than {_LEAST} pictures: {_named(rare)}. A split into train, validation and test may leave a "
            "part without it.",
        )


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _number(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
