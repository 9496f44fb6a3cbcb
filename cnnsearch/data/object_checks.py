"""The objects of a picture that a task uses, checked against its size; what is left out is counted."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from cnnsearch.data.annotations import Annotation, Box, Point, Region, box_around
from cnnsearch.data.listing import named
from cnnsearch.data.regions import box_of_runs
from cnnsearch.errors import DataError

logger = logging.getLogger(__name__)

Size = tuple[int, int]
"""`(height, width)` of a picture."""
_ROUNDING = 0.01  # pixels that a box may be outside through rounded shares, without being counted

_LINES = {
    "crowds": "%s: %d crowds (iscrowd) are left out",
    "clipped": "%s: %d boxes are partly outside of their pictures; they are clipped",
    "bare": "%s: %d objects without labelled keypoints are left out",
    "lost": "%s: %d keypoints are outside of their pictures; they count as not labelled",
}


class Findings:
    """Collects the faults of objects, and counts what is changed or left out."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._faults: list[str] = []
        self._counts: Counter[str] = Counter()

    def fault(self, one: Annotation, what: str) -> None:
        """Add a fault of an object."""
        self._faults.append(f"{one.place}: {what}")

    def count(self, kind: str, number: int = 1) -> None:
        """Count a change; the kinds are those of the lines that are logged."""
        self._counts[kind] += number

    def conclude(self) -> None:
        """Log a line for each kind of change.

        Raises:
            DataError: Objects have faults.
        """
        if self._faults:
            raise DataError(
                f"{self._place}: {len(self._faults)} objects cannot be used:{named(self._faults)}"
            )
        for kind, line in _LINES.items():
            if self._counts[kind]:
                logger.warning(line, self._place, self._counts[kind])


def with_boxes(objects: Sequence[Annotation], size: Size, findings: Findings) -> tuple[Annotation, ...]:
    """Return single objects with boxes that are within the picture."""
    single = _single(objects, findings)
    return tuple(replace(one, box=_clipped(one, size, findings)) for one in single)


def with_keypoints(objects: Sequence[Annotation], size: Size, findings: Findings) -> tuple[Annotation, ...]:
    """Return single objects with labelled keypoints; a keypoint outside of the picture is not labelled."""
    single = _single(objects, findings)
    inside = [replace(one, keypoints=_inside(one.keypoints, size, findings)) for one in single]
    labelled = tuple(one for one in inside if any(visible for _, _, visible in one.keypoints))
    findings.count("bare", len(inside) - len(labelled))
    return labelled


def with_regions(objects: Sequence[Annotation], size: Size, findings: Findings) -> tuple[Annotation, ...]:
    """Return the objects, each of which has a region that is at least partly in the picture."""
    for one in objects:
        if one.region is None:
            findings.fault(one, "has no region; expected polygons or run lengths")
        elif one.region.polygons:
            _check_polygons(one, box_around(one.region.polygons), size, findings)
        else:
            _is_for(size, one, one.region, findings)
    return tuple(objects)


CHECKS: dict[str, Callable[[Sequence[Annotation], Size, Findings], tuple[Annotation, ...]]] = {
    "detection": with_boxes,
    "keypoints": with_keypoints,
    "instances": with_regions,
}
"""The check of the objects of a picture, by task."""


def _single(objects: Sequence[Annotation], findings: Findings) -> list[Annotation]:
    single = [one for one in objects if not one.is_crowd]
    findings.count("crowds", len(objects) - len(single))
    return single


def _clipped(one: Annotation, size: Size, findings: Findings) -> Box | None:
    """Return the part of a box that is in the picture."""
    if (box := _box(one, size, findings)) is None:
        return None
    height, width = size
    x0, y0, x1, y1 = box
    if not (x0 < x1 and y0 < y1):
        findings.fault(one, f"a box of no size ({_corners(box)})")
    elif not (x0 < width and y0 < height and x1 > 0 and y1 > 0):
        findings.fault(one, f"a box outside of the picture of {_words(size)} ({_corners(box)})")
    elif max(-x0, -y0, x1 - width, y1 - height) > _ROUNDING:
        findings.count("clipped")
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))


def _box(one: Annotation, size: Size, findings: Findings) -> Box | None:
    """Return the box of an object, by default that of its run lengths."""
    if one.box is not None:
        return one.box
    if one.region is None:
        findings.fault(one, "has no box")
        return None
    return box_of_runs(one.region) if _is_for(size, one, one.region, findings) else None


def _inside(points: Sequence[Point], size: Size, findings: Findings) -> tuple[Point, ...]:
    height, width = size
    found = tuple(
        (x, y, visible) if visible and 0 <= x <= width and 0 <= y <= height else (0.0, 0.0, 0)
        for x, y, visible in points
    )
    findings.count("lost", sum(before[2] > after[2] for before, after in zip(points, found, strict=True)))
    return found


def _is_for(size: Size, one: Annotation, region: Region, findings: Findings) -> bool:
    """Return whether run lengths are those of a picture of a size."""
    if region.size == size:
        return True
    findings.fault(one, f"run lengths for {_words(region.size)}; expected {_words(size)}")
    return False


def _check_polygons(one: Annotation, box: Box, size: Size, findings: Findings) -> None:
    """Check that polygons are in the picture; a part of them may be outside, by less than its size."""
    height, width = size
    x0, y0, x1, y1 = box
    if not (x0 < width and y0 < height and x1 > 0 and y1 > 0):
        findings.fault(one, f"a region outside of the picture of {_words(size)} ({_corners(box)})")
    elif min(x0 + width, y0 + height, 2 * width - x1, 2 * height - y1) < 0:
        findings.fault(one, f"a region far larger than the picture of {_words(size)} ({_corners(box)})")


def _corners(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f"x from {x0:g} to {x1:g}, y from {y0:g} to {y1:g}"


def _words(size: Size) -> str:
    return f"{size[1]} x {size[0]} pixels"
