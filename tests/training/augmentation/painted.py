"""Pictures into which their targets are painted, so that the right place of a moved target can be seen."""

import numpy as np

SIZES = (40, 56)
"""Height and width: oblong."""


def painted_boxes(boxes, sizes=SIZES):
    """Return pictures and boxes of class 0.

    Args:
        boxes: `(examples, 4)`: x0, y0, x1, y1, whole numbers.
        sizes: Height and width.
    """
    x = np.zeros((len(boxes), *sizes, 1), np.float32)
    for picture, (x0, y0, x1, y1) in zip(x, boxes, strict=True):
        picture[y0:y1, x0:x1] = 1
    rows = np.concatenate([boxes, np.zeros((len(boxes), 1))], axis=1)
    return x, rows[:, None].astype(np.float32)


def found_box(picture):
    """Return x0, y0, x1, y1 of what is painted in a picture, `(height, width, 1)`; None: nothing."""
    is_painted = picture[..., 0] > 0.3
    if not is_painted.any():
        return None
    (y0, y1), (x0, x1) = (
        (places[0], places[-1] + 1)
        for places in (np.flatnonzero(is_painted.any(axis=axis)) for axis in (1, 0))
    )
    return np.array([x0, y0, x1, y1], np.float32)


def painted_keypoints(pixels, sizes=SIZES):
    """Return pictures with one channel for each keypoint, and the keypoints, visible.

    Args:
        pixels: `(examples, keypoints, 2)`: the column and the row of each one.
        sizes: Height and width.
    """
    count, keypoints, _ = pixels.shape
    x = np.zeros((count, *sizes, keypoints), np.float32)
    for picture, places in zip(x, pixels, strict=True):
        for channel, (column, row) in enumerate(places):
            picture[row, column, channel] = 1
    visible = np.full((count, keypoints, 1), 2.0)
    return x, np.concatenate([pixels + 0.5, visible], axis=-1)[:, None].astype(np.float32)


def found_point(values):
    """Return x, y of the centre of what is painted in a channel, `(height, width)`; None: nothing."""
    if values.sum() == 0:
        return None
    rows, columns = (np.arange(size) + 0.5 for size in values.shape)
    return np.array([values.sum(axis=0) @ columns, values.sum(axis=1) @ rows]) / values.sum()


def random_boxes(count, draws, sizes=SIZES, margin=0):
    """Draw boxes, `(count, 4)`, with sides of 6 to 16 pixels, at least a margin away from the edges."""
    height, width = sizes
    sides = draws.integers(6, 17, (count, 2))
    starts = np.stack(
        [
            draws.integers(margin, size - margin - side + 1)
            for size, side in ((width, sides[:, 0]), (height, sides[:, 1]))
        ],
        axis=1,
    )
    return np.concatenate([starts, starts + sides], axis=1)


def random_pixels(count, keypoints, draws, sizes=SIZES):
    """Draw the columns and rows of keypoints, `(count, keypoints, 2)`."""
    height, width = sizes
    columns, rows = (draws.integers(0, size, (count, keypoints)) for size in (width, height))
    return np.stack([columns, rows], axis=-1)
