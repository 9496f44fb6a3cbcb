"""The objects of a picture that a task uses, checked against its size; what is left out is remarked."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cnnsearch.data.annotations import Annotation, Box, Point, Region, box_around
from cnnsearch.data.listing import named
from cnnsearch.data.regions import box_of_runs
from cnnsearch.data.remarks import ChangeKind, FaultKind, Remark
from cnnsearch.errors import DataError

logger = logging.getLogger(__name__)

Size = tuple[int, int]
"""`(height, width)` of a picture."""
_ROUNDING = 0.01  # pixels that a box may be outside through rounded shares, without being remarked

_LINES: dict[ChangeKind, str] = {
    "crowd": "%s: %d crowds (iscrowd) are left out",
    "clipped": "%s: %d boxes are partly outside of their pictures; they are clipped",
    "unlabelled": "%s: %d objects without labelled keypoints are left out",
    "outside_keypoint": "%s: %d keypoints are outside of their pictures; they count as not labelled",
}


@dataclass(frozen=True)
class Checked:
    """A picture whose objects are checked.

    Args:
        position: Its position in the listing.
        size: Its height and width.
        categories: The names of the categories that the source declares.
        keypoints: The names of the keypoints.
        remarks: Receives the remarks.
    """

    position: int
    size: Size
    categories: frozenset[str]
    keypoints: tuple[str, ...]
    remarks: list[Remark]

    def remark(self, kind: FaultKind | ChangeKind, one: Annotation, text: str) -> None:
        """Add a remark on an object."""
        self.remarks.append(Remark(kind, self.position, one.place, text))


def conclude(remarks: Sequence[Remark], place: str) -> None:
    """Log a line for each kind of change.

    Args:
        remarks: The remarks on all objects.
        place: The dataset, for messages.

    Raises:
        DataError: Objects have faults.
    """
    faults = [str(remark) for remark in remarks if remark.kind not in _LINES]
    if faults:
        raise DataError(f"{place}: {len(faults)} objects cannot be used:{named(faults)}")
    counts = Counter(remark.kind for remark in remarks)
    for kind, line in _LINES.items():
        if counts[kind]:
            logger.warning(line, place, counts[kind])


def with_boxes(objects: Sequence[Annotation], picture: Checked) -> tuple[Annotation, ...]:
    """Return single objects with boxes that are within the picture."""
    pairs = [(one, _clipped(one, picture)) for one in _single(objects, picture)]
    return tuple(replace(one, box=box) for one, box in pairs if box is not None)


def with_keypoints(objects: Sequence[Annotation], picture: Checked) -> tuple[Annotation, ...]:
    """Return single objects with labelled keypoints; a keypoint outside of the picture is not labelled."""
    inside = [replace(one, keypoints=_inside(one, picture)) for one in _single(objects, picture)]
    labelled = []
    for one in inside:
        if any(visible for _, _, visible in one.keypoints):
            labelled.append(one)
        else:
            picture.remark("unlabelled", one, "no labelled keypoint")
    return tuple(labelled)


def with_regions(objects: Sequence[Annotation], picture: Checked) -> tuple[Annotation, ...]:
    """Return the objects, each of which has a region that is at least partly in the picture."""
    return tuple(one for one in _declared(objects, picture) if _has_region(one, picture))


CHECKS: dict[str, Callable[[Sequence[Annotation], Checked], tuple[Annotation, ...]]] = {
    "detection": with_boxes,
    "keypoints": with_keypoints,
    "instances": with_regions,
}
"""The check of the objects of a picture, by task."""


def _declared(objects: Sequence[Annotation], picture: Checked) -> list[Annotation]:
    known = []
    for one in objects:
        if one.category in picture.categories:
            known.append(one)
        else:
            picture.remark("undeclared", one, f"found {one.category}, which is not declared")
    return known


def _single(objects: Sequence[Annotation], picture: Checked) -> list[Annotation]:
    declared = _declared(objects, picture)
    for one in declared:
        if one.is_crowd:
            picture.remark("crowd", one, "iscrowd")
    return [one for one in declared if not one.is_crowd]


def _clipped(one: Annotation, picture: Checked) -> Box | None:
    """Return the part of a box that is in the picture; None with a fault."""
    if (box := _box(one, picture)) is None:
        return None
    height, width = picture.size
    x0, y0, x1, y1 = box
    if not (x0 < x1 and y0 < y1):
        what = "of no size" if x0 <= x1 and y0 <= y1 else "whose end is before its start"
        picture.remark("empty_box", one, f"a box {what} ({_corners(box)})")
        return None
    if not _overlaps(box, picture.size):
        text = f"a box outside of the picture of {_words(picture.size)} ({_corners(box)})"
        picture.remark("outside_box", one, text)
        return None
    if max(-x0, -y0, x1 - width, y1 - height) > _ROUNDING:
        picture.remark("clipped", one, f"{_corners(box)}; the picture has {_words(picture.size)}")
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))


def _box(one: Annotation, picture: Checked) -> Box | None:
    """Return the box of an object, by default that of its run lengths; None with a fault."""
    if one.box is not None:
        return one.box
    if one.region is None:
        picture.remark("no_box", one, "has no box")
        return None
    return box_of_runs(one.region) if _is_for(one, one.region, picture) else None


def _inside(one: Annotation, picture: Checked) -> tuple[Point, ...]:
    height, width = picture.size
    found: list[Point] = []
    for name, (x, y, visible) in zip(picture.keypoints, one.keypoints, strict=False):
        is_inside = 0 <= x <= width and 0 <= y <= height
        if visible and not is_inside:
            text = f"{name} at x {x:g}, y {y:g}; the picture has {_words(picture.size)}"
            picture.remark("outside_keypoint", one, text)
        found.append((x, y, visible) if visible and is_inside else (0.0, 0.0, 0))
    return tuple(found)


def _has_region(one: Annotation, picture: Checked) -> bool:
    if one.region is None:
        picture.remark("region", one, "has no region; expected polygons or run lengths")
        return False
    if not one.region.polygons:
        return _is_for(one, one.region, picture)
    return _are_in(one, box_around(one.region.polygons), picture)


def _is_for(one: Annotation, region: Region, picture: Checked) -> bool:
    """Return whether run lengths are those of a picture of a size."""
    if region.size == picture.size:
        return True
    text = f"run lengths for {_words(region.size)}; expected {_words(picture.size)}"
    picture.remark("region", one, text)
    return False


def _are_in(one: Annotation, box: Box, picture: Checked) -> bool:
    """Return whether polygons are in the picture; a part of them may be outside, by less than its size."""
    height, width = picture.size
    x0, y0, x1, y1 = box
    what = ""
    if not _overlaps(box, picture.size):
        what = "outside of"
    elif min(x0 + width, y0 + height, 2 * width - x1, 2 * height - y1) < 0:
        what = "far larger than"
    if what:
        text = f"a region {what} the picture of {_words(picture.size)} ({_corners(box)})"
        picture.remark("region", one, text)
    return not what


def _overlaps(box: Box, size: Size) -> bool:
    height, width = size
    x0, y0, x1, y1 = box
    return x0 < width and y0 < height and x1 > 0 and y1 > 0


def _corners(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f"x from {x0:g} to {x1:g}, y from {y0:g} to {y1:g}"


def _words(size: Size) -> str:
    return f"{size[1]} x {size[0]} pixels"
