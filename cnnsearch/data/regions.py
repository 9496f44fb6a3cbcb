"""Regions of objects -> maps of classes and instances, in the form of their pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnsearch.data.annotations import Annotation, Box, Region
from cnnsearch.data.pictures import PictureForm, placed
from cnnsearch.data.run_lengths import pixels_of
from cnnsearch.tasks.segmentation.metrics import IGNORED

NO_INSTANCE = 0


def instance_rows(classes: Sequence[Sequence[int]]) -> NDArray[np.uint8]:
    """Return the classes and numbers of the instances of each picture, in place of maps of its pixels.

    Args:
        classes: The classes of the instances of each picture, from number 1.

    Returns:
        `(pictures, 1, most instances + 1, 2)`: the background, the instances, and ignored positions.
    """
    most = max(map(len, classes), default=0)
    rows = np.full((len(classes), 1, most + 1, 2), (IGNORED, NO_INSTANCE), np.uint8)
    for row, own in zip(rows[:, 0], classes, strict=True):
        row[: len(own) + 1] = np.stack([[0, *own], range(len(own) + 1)], axis=-1)
    return rows


def box_of_runs(region: Region) -> Box:
    """Return the smallest box that contains the pixels of run lengths; zeros if there are none."""
    rows, columns = np.nonzero(pixels_of(region.counts, region.size))
    if not len(rows):
        return 0.0, 0.0, 0.0, 0.0
    return float(columns.min()), float(rows.min()), columns.max() + 1.0, rows.max() + 1.0


def painted(
    objects: Sequence[Annotation], classes: Mapping[str, int], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the class and the number of the instance of each pixel of a picture.

    Later objects cover earlier ones. A crowd has no single instances: its pixels are ignored, unless an
    object covers them.

    Args:
        objects: The objects with regions; those that are not crowds are numbered from 1.
        classes: The index of each category.
        size: `(height, width)` of the picture.

    Returns:
        `(height, width, 2)`; class 0 and number 0 where there is no object.
    """
    target = np.zeros((*size, 2), np.uint8)
    for one in objects:
        if one.is_crowd:
            target[_pixels(one, size)] = IGNORED, NO_INSTANCE
    for number, one in enumerate((one for one in objects if not one.is_crowd), 1):
        target[_pixels(one, size)] = classes[one.category], number
    return target


def placed_instances(target: NDArray[np.uint8], form: PictureForm) -> NDArray[np.uint8]:
    """Return a map of classes and instances scaled and centred as its picture, to the nearest pixel.

    Args:
        target: `(height, width, 2)`.
        form: The form of the picture; what the picture does not cover is ignored.
    """
    around = (IGNORED, NO_INSTANCE)
    channels = [
        np.asarray(placed(Image.fromarray(target[..., index]), form, Image.Resampling.NEAREST, value))
        for index, value in enumerate(around)
    ]
    return np.stack(channels, axis=-1)


def _pixels(one: Annotation, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels of a picture are of an object, `(height, width)`."""
    from pycocotools import mask

    assert one.region is not None
    if not one.region.polygons:
        return pixels_of(one.region.counts, one.region.size)
    parts = mask.frPyObjects([list(polygon) for polygon in one.region.polygons], *size)
    return pixels_of(mask.merge(parts)["counts"].decode(), size)
