"""`.npz` files of NumPy arrays; arrays.py checks what is found."""

import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.sources.base import ArraySource, Pairs
from cnnsearch.errors import DataError

# The names of a part's examples and labels in an .npz: Keras's, and the plain pair for one undivided set.
_NAMES = {
    "train": (("x_train", "y_train"), ("x", "y")),
    "validation": (("x_validation", "y_validation"), ("x_val", "y_val")),
    "test": (("x_test", "y_test"),),
}
_EXPECTED = "x and y, or x_train, y_train, x_test, y_test (and x_validation, y_validation or x_val, y_val)"
_UNREADABLE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_npz(path: Path) -> Pairs:
    """Read examples and labels of each part of an .npz file; `x` and `y` alone are the part `train`.

    Pickled objects are never loaded.

    Raises:
        DataError: The file, or an array of it, is not as expected or cannot be read; the message names it.
    """
    with ExitStack() as files:
        archive = _open(path, files)
        if isinstance(archive, np.ndarray):
            raise DataError(f"{path}: one bare array, not an .npz archive; expected arrays {_EXPECTED}.")
        return {
            part: (_read_member(archive, x, path), _read_member(archive, y, path))
            for part, (x, y) in _find_pairs(archive.files, path).items()
        }


def _open(path: Path, files: ExitStack) -> Any:
    try:
        file = files.enter_context(path.open("rb"))  # NumPy would leave a damaged file open
        return np.load(file, allow_pickle=False)
    except _UNREADABLE as error:
        raise DataError(f"{path}: cannot be read as an .npz archive ({error}).") from error


def _find_pairs(names: list[str], path: Path) -> dict[str, tuple[str, str]]:
    found = {}
    for part, pairs in _NAMES.items():
        here = [pair for pair in pairs if set(pair) & set(names)]
        if len(here) > 1:
            raise DataError(f"{path}: holds both {here[0][0]} and {here[1][0]}; one was expected.")
        if here:
            found[part] = here[0]
    absent = {name for pair in found.values() for name in pair} - set(names)
    if absent or "train" not in found:
        raise DataError(f"{path}: holds the arrays {', '.join(names) or 'none'}; expected {_EXPECTED}.")
    return found


def _read_member(archive: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        member = archive[name]
    except _UNREADABLE as error:
        raise DataError(f"{path}: the array {name} cannot be read ({error}).") from error
    if not isinstance(member, np.ndarray):  # NumPy hands over the bytes of whatever else a zip file holds
        raise DataError(f"{path}: {name} is no NumPy array.")
    return member


def _is_npz(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".npz"


NPZ = ArraySource("an .npz file", takes=_is_npz, read=read_npz)
