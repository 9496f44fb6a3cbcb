"""What the weights in a saved model are checked for: plain arrays, in their own file, no larger than it."""

import math
from collections.abc import Iterator
from typing import Any, BinaryIO

import h5py  # type: ignore[import-untyped]
import numpy as np

from cnnsearch.errors import StudyError

BFLOAT16 = np.dtype("V2")
"""How HDF5 keeps it, which does not know it."""


def check_weights(file: BinaryIO) -> None:
    """Checks that an HDF5 file holds numbers alone, and all that it declares.

    A data set may be declared with more numbers than any memory takes, and without holding one: reading it
    would allocate them. A link or an external data set would read other files.

    Raises:
        StudyError: It holds something else; the message names the place.
    """
    with h5py.File(file, "r") as weights:
        declared = sum(_bytes(dataset) for dataset in _datasets(weights, set()))
    held = file.seek(0, 2)
    if declared > held:
        raise StudyError(f"its weights declare {declared:,} bytes in a file of {held:,}")


def _datasets(group: Any, seen: set[Any]) -> Iterator[Any]:
    """All data sets below a group, each reached on one way only."""
    for name in group:
        link, place = group.get(name, getlink=True), f"{group.name.rstrip('/')}/{name}"
        if not isinstance(link, h5py.HardLink):
            raise StudyError(f"its weights have a {type(link).__name__} at {place}; expected none")
        found = group[name]
        if found in seen:
            raise StudyError(f"its weights have {place} under another name too")
        seen.add(found)
        if isinstance(found, h5py.Group):
            yield from _datasets(found, seen)
        else:
            yield found


def _bytes(dataset: Any) -> int:
    """How many bytes a data set takes once it is read."""
    kind, layout = dataset.dtype, dataset.id.get_create_plist().get_layout()
    if kind.kind not in "biuf" and kind != BFLOAT16:
        raise StudyError(f"its weights have {kind} at {dataset.name}; expected numbers")
    if dataset.external:
        raise StudyError(f"its weights at {dataset.name} are in another file: {dataset.external[0][0]}")
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):  # others may be compressed, or put together
        raise StudyError(f"its weights at {dataset.name} are not in one piece, as Keras writes them")
    size: int = math.prod(dataset.shape) * kind.itemsize
    return size
