"""Faults of boxes and keypoints in arrays, with which a dataset is not loaded; the check leaves them out."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.remarks import ChangeKind, FaultKind, Remark
from cnnsearch.tasks.targets import UNUSED_BOX

_ROUNDING = 0.01  # pixels that a box may be outside, without being remarked


def without_faults(
    xs: Mapping[str, NDArray[Any]], ys: Mapping[str, NDArray[Any]], task: str | None
) -> tuple[dict[str, NDArray[Any]], list[Remark]]:
    """Return targets without boxes and keypoints that have faults, and the remarks.

    Args:
        xs: The examples of each part, channels last.
        ys: The targets of each part.
        task: Name of the task; None: by the shape of the targets. Targets of other tasks, or of other shapes
            than theirs, are returned as they are.
    """
    corrected, remarks, first = dict(ys), list[Remark](), 0
    for part, y in ys.items():
        name = f"y_{part}" if len(ys) > 1 else "y"
        if xs[part].ndim == 4 and (kind := _kind(y, task)):
            clean = np.array(y, np.float32)
            find = _boxes if kind == "detection" else _keypoints
            for fault, example, text in find(clean, xs[part].shape[1:3]):
                remarks.append(Remark(fault, first + example, f"{name}[{example}]", text))
            corrected[part] = clean
        first += len(xs[part])
    return corrected, remarks


def _kind(y: NDArray[Any], task: str | None) -> str:
    """Return the task of targets that can be corrected; empty for all others."""
    if y.dtype.kind != "f" and (task is None or y.dtype.kind not in "iu"):
        return ""
    are_boxes = y.ndim == 3 and y.shape[-1] == len(UNUSED_BOX) and task in (None, "detection")
    are_points = y.ndim in ((3, 4) if task else (4,)) and y.shape[-1] == 3 and task in (None, "keypoints")
    if not (are_boxes or are_points) or not np.isfinite(y).all():
        return ""
    return "detection" if are_boxes else "keypoints"


_Fault = tuple[FaultKind | ChangeKind, int, str]
"""A kind, the index of an example, and what was found."""


def _boxes(y: NDArray[np.float32], size: tuple[int, ...]) -> Iterator[_Fault]:
    """Yield the faults of boxes, and make unused rows of those that cannot be used."""
    height, width = size
    x0, y0, x1, y1, kinds = (y[..., i].copy() for i in range(5))
    is_used = kinds >= 0
    is_empty = is_used & ~((x0 < x1) & (y0 < y1))
    is_outside = is_used & ~is_empty & ((x0 >= width) | (y0 >= height) | (x1 <= 0) | (y1 <= 0))
    beyond = np.max([-x0, -y0, x1 - width, y1 - height], axis=0)
    is_clipped = is_used & ~is_empty & ~is_outside & (beyond > _ROUNDING)
    found: tuple[tuple[FaultKind | ChangeKind, NDArray[np.bool_]], ...] = (
        ("empty_box", is_empty),
        ("outside_box", is_outside),
        ("clipped", is_clipped),
    )
    for kind, applies in found:
        for example, box in np.argwhere(applies).tolist():
            a, b, c, d = y[example, box, :4].tolist()
            text = f"box {box}: x from {a:g} to {c:g}, y from {b:g} to {d:g}"
            yield kind, example, f"{text}; the picture has {width} x {height} pixels"
    y[is_empty | is_outside] = UNUSED_BOX


def _keypoints(y: NDArray[np.float32], size: tuple[int, ...]) -> Iterator[_Fault]:
    """Yield the keypoints outside of their pictures, and make them not labelled."""
    height, width = size
    points = y[:, None] if y.ndim == 3 else y
    is_outside = (points[..., :2] < 0).any(axis=-1) | (points[..., 0] > width) | (points[..., 1] > height)
    is_outside &= points[..., 2] > 0
    for example, instance, point in np.argwhere(is_outside).tolist():
        a, b = points[example, instance, point, :2].tolist()
        text = f"keypoint {point} of instance {instance} at x {a:g}, y {b:g}"
        yield "outside_keypoint", example, f"{text}; the picture has {width} x {height} pixels"
    points[is_outside] = 0
