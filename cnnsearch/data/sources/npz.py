"""`.npz` files of NumPy arrays; `arrays.py` checks the arrays."""

import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.sources.base import ArraySource, Pairs
from cnnsearch.errors import DataError

# Names of the examples and labels of each part: as in Keras, or `x` and `y` for a dataset without splits.
_NAMES = {
    "train": (("x_train", "y_train"), ("x", "y")),
    "validation": (("x_validation", "y_validation"), ("x_val", "y_val")),
    "test": (("x_test", "y_test"),),
}
_EXPECTED = "x and y, or x_train, y_train, x_test, y_test (and x_validation, y_validation or x_val, y_val)"
_UNREADABLE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_npz(path: Path) -> Pairs:
    """Read the examples and labels of each part of an .npz file; `x` and `y` are the part `train`.

    Pickled objects are never loaded.

    Raises:
        DataError: The file or one of its arrays cannot be read or has an unexpected name.
    """
    with ExitStack() as files:
        archive = _open(path, files)
        if isinstance(archive, np.ndarray):
            raise DataError(
                f"{path}: found a single array, not an .npz archive; expected arrays {_EXPECTED}."
            )
        return {
            part: (_read_member(archive, x, path), _read_member(archive, y, path))
            for part, (x, y) in find_pairs(archive.files, path).items()
        }


def _open(path: Path, files: ExitStack) -> Any:
    try:
        file = files.enter_context(path.open("rb"))  # NumPy does not close a damaged file
        return np.load(file, allow_pickle=False)
    except _UNREADABLE as error:
        raise DataError(f"{path}: cannot be read as an .npz archive ({error}).") from error


def find_pairs(names: list[str], place: Path | str) -> dict[str, tuple[str, str]]:
    """Return the names of the examples and labels of each part.

    Raises:
        DataError: A name is missing, unexpected or ambiguous.
    """
    by_part = {}
    for part, pairs in _NAMES.items():
        present = [pair for pair in pairs if set(pair) & set(names)]
        if len(present) > 1:
            raise DataError(f"{place}: found both {present[0][0]} and {present[1][0]}; expected one of them.")
        if present:
            by_part[part] = present[0]
    missing = {name for pair in by_part.values() for name in pair} - set(names)
    if missing or "train" not in by_part:
        raise DataError(f"{place}: found the arrays {', '.join(names) or 'none'}; expected {_EXPECTED}.")
    return by_part


def _read_member(archive: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        member = archive[name]
    except _UNREADABLE as error:
        hint = "; save texts with .astype(str)" if "pickle" in str(error) else ""
        raise DataError(f"{path}: the array {name} cannot be read ({error}){hint}.") from error
    if not isinstance(member, np.ndarray):  # NumPy returns the bytes of other members of the archive
        raise DataError(f"{path}: {name} is not a NumPy array.")
    return member


def _is_npz(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".npz"


NPZ = ArraySource("an .npz file", takes=_is_npz, read=read_npz)
