"""Parallel decoding of images into an array file, in pieces that fit memory."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.known_files import Facts
from cnnsearch.data.pictures import (
    PictureError,
    PictureForm,
    StrPath,
    read_content,
    read_pixels,
)
from cnnsearch.data.threads import strip_threads

_PIECE_BYTES = 2**26  # decoded at a time
_STRIP_PIXELS = 2**16  # in the files of a task of a thread: one icon takes as long to schedule as to decode
_LEAST_STRIP, _MOST_STRIP = 8, 64  # files per task
_MAPS = 512  # in memory at a time

Item = TypeVar("Item")


def pack(
    paths: Sequence[StrPath],
    facts: Sequence[Facts],
    form: PictureForm,
    file: Path,
    done: Callable[[int], object] = lambda count: None,
) -> list[Facts]:
    """Decode images into an .npy file in the given order, without those that have a problem.

    Args:
        paths: The images.
        facts: Known facts of each image; one with a problem is not decoded.
        form: Mode, size and depth of the decoded images.
        file: The array to write, `(images, height, width, channels)`, of the form's type.
        done: Progress callback, called with the number of further decoded images.

    Returns:
        Updated facts of each image: its digest, or its problem.
    """
    results: list[Facts] = []
    row_bytes = int(np.prod(form.shape)) * form.dtype.itemsize
    strip = _strip(facts)
    with ArrayFile(file, form.shape, form.dtype) as array, strip_threads() as threads:
        for piece in _pieces(len(paths), row_bytes):
            x = np.empty((len(piece), *form.shape), form.dtype)
            here = slice(piece.start, piece.stop)
            for strip_facts in threads.map(
                partial(_fill, form), list(zip(x, paths[here], facts[here], strict=True)), strip
            ):
                results += strip_facts
                done(len(strip_facts))
            good = [not fact.problem for fact in results[piece.start :]]
            array.append(x if all(good) else x[good])
    return results


def pack_maps(
    items: Sequence[Item], formed: Callable[[Item], NDArray[np.uint8]], row: tuple[int, ...], file: Path
) -> None:
    """Write a map for each item into an .npy file, uint8.

    Args:
        items: The items.
        formed: Returns the map of an item.
        row: The shape of a map.
        file: The file.
    """
    with ArrayFile(file, row, np.dtype(np.uint8)) as array, strip_threads() as threads:
        for start in range(0, len(items), _MAPS):
            for strip in threads.map(formed, items[start : start + _MAPS], _LEAST_STRIP):
                array.append(np.stack(strip))


class ArrayFile:
    """An .npy file to which rows are appended; closing it writes the number of rows to the header.

    Args:
        path: The file.
        row: The shape of one row.
        dtype: The type of the values.
    """

    def __init__(self, path: Path, row: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._file, self._row, self._dtype, self._rows = path.open("wb"), row, dtype, 0

    def __enter__(self) -> "ArrayFile":
        self._write_header()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            self._write_header()
            self._file.flush()
            os.fsync(self._file.fileno())

    def append(self, rows: NDArray[Any]) -> None:
        """Append rows."""
        self._file.write(np.ascontiguousarray(rows).data)
        self._rows += len(rows)

    def _write_header(self) -> None:
        """Write or overwrite the header; NumPy pads it so that its size does not depend on the rows."""
        self._file.seek(0)
        shape = (self._rows, *self._row)
        header: dict[str, Any] = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)


def _fill(form: PictureForm, task: tuple[NDArray[Any], StrPath, Facts]) -> Facts:
    """Decode a file into its row, and return its updated facts."""
    row, path, facts = task
    if facts.problem:
        return facts
    try:
        content = read_content(path)
        facts = replace(facts, sha256=hashlib.sha256(content).hexdigest())
        row[...] = read_pixels(path, content, form)
    except PictureError as error:
        return replace(facts, problem=str(error))
    return facts


def _strip(facts: Sequence[Facts]) -> int:
    """Return the number of files per task, from their mean size."""
    pixels = sum(fact.width * fact.height for fact in facts) // max(1, len(facts))
    return min(max(_LEAST_STRIP, _STRIP_PIXELS // max(1, pixels)), _MOST_STRIP)


def _pieces(count: int, row_bytes: int) -> Iterator[range]:
    step = max(64, _PIECE_BYTES // row_bytes)
    return (range(start, min(start + step, count)) for start in range(0, count, step))
