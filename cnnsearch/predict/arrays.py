"""Arrays of an .npz file to predict, checked against the network's input."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.files import InputForm
from cnnsearch.errors import DataError

NAMES = ("x", "x_test")
"""Names of the array of examples, in this order; a single array may have any name."""
_UNREADABLE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_examples(path: Path) -> NDArray[Any]:
    """Read the examples of an .npz file; pickled objects are never loaded.

    Raises:
        DataError: The file cannot be read, or has no array with one of these names.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            name = _choose(archive.files, path)
            x: NDArray[Any] = archive[name]
    except (
        AttributeError,
        TypeError,
        *_UNREADABLE,
    ) as error:  # the first two: an array instead of an archive
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: cannot be read as an .npz archive ({error})") from error
    return x


def check_examples(x: NDArray[Any], form: InputForm, place: str) -> tuple[NDArray[Any], list[str]]:
    """Convert examples to the network's input, `(examples, *shape)`, and return them with any notes.

    The channels may also be the first axis of an example.

    Raises:
        DataError: The examples have another shape, or are not numbers.
    """
    if x.dtype.kind not in "biuf":
        raise DataError(f"{place}: found {x.dtype}; expected numbers")
    found = "x".join(map(str, x.shape[1:])) or "single numbers"
    if x.ndim == len(form.shape) and form.shape[-1] == 1:
        x = x[..., np.newaxis]
    elif x.ndim > 2 and x.shape[1:] != form.shape and (*x.shape[2:], x.shape[1]) == form.shape:
        x = np.moveaxis(x, 1, -1)
    if x.shape[1:] != form.shape:
        raise DataError(f"{place}: found {len(x) if x.ndim else 0} examples of {found}; expected {form.text}")
    return x, range_notes(x, form, place)


def range_notes(x: NDArray[Any], form: InputForm, place: str) -> list[str]:
    """Return a warning if values have another range than those that the network was trained on."""
    found = form.values.mismatch(x)
    trained = f"but the network was trained on values from {form.values.text}"
    return [f"{place}: values from {found}, {trained}; rescale them if their unit differs"] if found else []


def _choose(names: list[str], path: Path) -> str:
    for name in NAMES:
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    raise DataError(f"{path}: found the arrays {', '.join(names) or 'none'}; expected {' or '.join(NAMES)}")
