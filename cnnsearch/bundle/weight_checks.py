"""Checks of the weights in a saved model: plain arrays stored in the file, and no larger than it."""

import math
from collections.abc import Iterator
from typing import Any, BinaryIO

import h5py  # type: ignore[import-untyped]
import numpy as np

from cnnsearch.errors import StudyError

BFLOAT16 = np.dtype("V2")
"""The type of bfloat16 arrays in HDF5, which has no such type."""


def check_weights(file: BinaryIO) -> None:
    """Check that an HDF5 file contains only numbers, and all that it declares.

    A dataset may declare more numbers than fit into memory while storing none; reading it would allocate
    them. A link or an external dataset would read other files.

    Raises:
        StudyError: The file is refused; the message names the place.
    """
    with h5py.File(file, "r") as weights:
        declared = sum(_bytes(dataset) for dataset in _datasets(weights, set()))
    size = file.seek(0, 2)
    if declared > size:
        raise StudyError(f"its weights declare {declared:,} bytes in a file of {size:,}")


def _datasets(group: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield all datasets below a group; each may have one path only."""
    for name in group:
        link, place = group.get(name, getlink=True), f"{group.name.rstrip('/')}/{name}"
        if not isinstance(link, h5py.HardLink):
            raise StudyError(f"its weights contain a {type(link).__name__} at {place}; expected no links")
        member = group[name]
        if member in seen:
            raise StudyError(f"its weights contain {place} under two names")
        seen.add(member)
        if isinstance(member, h5py.Group):
            yield from _datasets(member, seen)
        else:
            yield member


def _bytes(dataset: Any) -> int:
    """Return the size of a dataset in memory, in bytes."""
    kind, layout = dataset.dtype, dataset.id.get_create_plist().get_layout()
    if kind.kind not in "biuf" and kind != BFLOAT16:
        raise StudyError(f"its weights have type {kind} at {dataset.name}; expected numbers")
    if dataset.external:
        raise StudyError(f"its weights at {dataset.name} are in another file: {dataset.external[0][0]}")
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):  # others may be compressed or composed
        raise StudyError(f"its weights at {dataset.name} are not stored contiguously, as Keras does")
    size: int = math.prod(dataset.shape) * kind.itemsize
    return size
