"""Boxes and keypoints of objects as arrays, in pixels of the pictures, and of the pictures as stored."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.listing import PictureListing
from cnnsearch.data.placement import Placement

_UNUSED = -1.0
"""The class of a row without a box."""


def boxes_of(listing: PictureListing) -> NDArray[np.float32]:
    """Return the boxes of a listing, `(pictures, most boxes of a picture, 5)`: x0, y0, x1, y1 and the class.

    Unused rows are 0, with the class -1.

    Args:
        listing: Pictures whose objects have boxes; a class is the index of the category.
    """
    classes = {name: index for index, name in enumerate(listing.categories)}
    boxes = np.zeros((len(listing.entries), _most(listing), 5), np.float32)
    boxes[..., 4] = _UNUSED
    for row, entry in zip(boxes, listing.entries, strict=True):
        for index, one in enumerate(entry.objects or ()):
            row[index] = (*(one.box or ()), classes[one.category])
    return boxes


def keypoints_of(listing: PictureListing) -> NDArray[np.float32]:
    """Return the keypoints of a listing, `(pictures, most objects of a picture, keypoints, 3)`.

    The last axis is x, y and the visibility; what is not labelled, and unused objects, are 0.

    Args:
        listing: Pictures whose objects have the keypoints that the listing names.
    """
    points = np.zeros((len(listing.entries), _most(listing), len(listing.keypoints), 3), np.float32)
    for row, entry in zip(points, listing.entries, strict=True):
        for index, one in enumerate(entry.objects or ()):
            row[index] = one.keypoints
    return points


def placed_boxes(
    boxes: NDArray[np.float32], sizes: Sequence[tuple[int, int]], places: Sequence[Placement]
) -> NDArray[np.float32]:
    """Return boxes in pixels of the examples in which the pictures are placed.

    Args:
        boxes: `(pictures, boxes, 5)`, in pixels of the pictures.
        sizes: `(height, width)` of each picture.
        places: The place of each picture in its example.
    """
    scales, starts = _maps(sizes, places)
    corners = boxes[..., :4].reshape(*boxes.shape[:2], 2, 2) * scales[:, None, None] + starts[:, None, None]
    placed = boxes.copy()
    placed[..., :4] = np.where(boxes[..., 4:] < 0, 0.0, corners.reshape(*boxes.shape[:2], 4))
    return placed


def placed_keypoints(
    points: NDArray[np.float32], sizes: Sequence[tuple[int, int]], places: Sequence[Placement]
) -> NDArray[np.float32]:
    """Return keypoints in pixels of the examples in which the pictures are placed.

    Args:
        points: `(pictures, objects, keypoints, 3)`, in pixels of the pictures.
        sizes: `(height, width)` of each picture.
        places: The place of each picture in its example.
    """
    scales, starts = _maps(sizes, places)
    placed = points.copy()
    moved = points[..., :2] * scales[:, None, None] + starts[:, None, None]
    placed[..., :2] = np.where(points[..., 2:] > 0, moved, 0.0)
    return placed


def _most(listing: PictureListing) -> int:
    return max([1, *(len(entry.objects or ()) for entry in listing.entries)])


def _maps(
    sizes: Sequence[tuple[int, int]], places: Sequence[Placement]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scales and starts of x and y of each picture, `(pictures, 2)`."""
    pairs = zip(sizes, places, strict=True)
    scales = [(place.width / width, place.height / height) for (height, width), place in pairs]
    starts = [(place.left, place.top) for place in places]
    return np.array(scales, np.float64).reshape(-1, 2), np.array(starts, np.float64).reshape(-1, 2)
