"""Annotated objects of pictures as files give them: a category, and a box, keypoints or a region."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1: pixel number i covers the coordinates from i to i + 1, x to the right, y down."""
Point = tuple[float, float, int]
"""x, y and the visibility: 0 not labelled, 1 hidden, 2 visible."""


@dataclass(frozen=True, slots=True)
class Region:
    """The pixels of an object: polygons, or run lengths as in COCO.

    Args:
        polygons: Each is x, y of at least three points in turn.
        counts: Run lengths down the columns, beginning with pixels outside: numbers, or COCO's compressed
            text. Empty for polygons.
        size: `(height, width)` of the run lengths; zeros for polygons.
    """

    polygons: tuple[tuple[float, ...], ...] = ()
    counts: str | tuple[int, ...] = ()
    size: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotated object, in pixels of the upright picture; in shares of its sides if the listing says so.

    Args:
        category: Name of the category; one that is not in the listing was not declared.
        place: File and number of the annotation, for messages.
        box: The box; None if the file has none.
        keypoints: The keypoints in the order of the listing's names; empty if there are none.
        region: The region; None if the file has none.
        is_crowd: Whether it stands for several objects that are not annotated one by one.
    """

    category: str
    place: str
    box: Box | None = None
    keypoints: tuple[Point, ...] = ()
    region: Region | None = None
    is_crowd: bool = False

    def scaled(self, width: int, height: int) -> "Annotation":
        """Return the object in pixels, from coordinates in shares of the picture's sides."""
        scales = (float(width), float(height))
        region = self.region and replace(
            self.region, polygons=tuple(_scaled(polygon, scales) for polygon in self.region.polygons)
        )
        box = self.box and (
            self.box[0] * width,
            self.box[1] * height,
            self.box[2] * width,
            self.box[3] * height,
        )
        points = tuple((x * width, y * height, visibility) for x, y, visibility in self.keypoints)
        return replace(self, box=box, keypoints=points, region=region)


def digest_of(objects: Iterable[Annotation], names: Sequence[str]) -> str:
    """Return the SHA-256 digest of the objects of a picture.

    Args:
        objects: The objects.
        names: The names of categories and keypoints, in order, and what else is the same for all pictures.
    """
    digest = hashlib.sha256(repr(tuple(names)).encode())
    for one in objects:
        digest.update(repr((one.category, one.box, one.keypoints, one.region, one.is_crowd)).encode())
    return digest.hexdigest()


def box_around(polygons: Iterable[Sequence[float]]) -> Box:
    """Return the smallest box that contains polygons."""
    polygons = list(polygons)
    xs = [x for polygon in polygons for x in polygon[::2]]
    ys = [y for polygon in polygons for y in polygon[1::2]]
    return min(xs), min(ys), max(xs), max(ys)


def _scaled(values: Sequence[float], scales: tuple[float, float]) -> tuple[float, ...]:
    return tuple(value * scales[index % 2] for index, value in enumerate(values))
