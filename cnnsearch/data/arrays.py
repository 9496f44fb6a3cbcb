"""Arrays of examples and labels, from an .npz file or embedded, checked and brought to one form."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError

# The names of a part's examples and labels in an .npz: Keras's, and the plain pair for one undivided set.
_NAMES = {
    "train": (("x_train", "y_train"), ("x", "y")),
    "validation": (("x_validation", "y_validation"), ("x_val", "y_val")),
    "test": (("x_test", "y_test"),),
}
_EXPECTED = "x and y, or x_train, y_train, x_test, y_test (and x_validation, y_validation or x_val, y_val)"
_UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, eq=False)
class Arrays:
    """The parts that were given (`train` holds everything where the set is undivided), checked.

    Args:
        xs: Each part's examples, `(examples, *input_shape)`, uint8 or float32.
        ys: Each part's class indices, int64.
        labels: The classes' names.
    """

    xs: dict[str, NDArray[Any]]
    ys: dict[str, NDArray[np.int64]]
    labels: tuple[str, ...]


def read_npz(path: Path) -> Arrays:
    """Reads an .npz file of `x` and `y`, or of parts under Keras's names.

    Raises:
        DataError: The file or one of its arrays cannot be used; the message names it.
    """
    raw = _read_members(path)
    xs = {part: x for part, (x, _) in raw.items()}
    ys = {part: y for part, (_, y) in raw.items()}
    return check_arrays(xs, ys, place=str(path))


def read_digits() -> Arrays:
    """scikit-learn's embedded 1,797 handwritten digits, 8x8, their 0..16 brought to 0..255."""
    from sklearn.datasets import load_digits  # takes a second to import, and only this source needs it

    digits = load_digits()
    x = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return check_arrays({"train": x}, {"train": digits.target}, place="digits")


def check_arrays(xs: Mapping[str, NDArray[Any]], ys: Mapping[str, NDArray[Any]], *, place: str) -> Arrays:
    """Checks each part and brings it to one form.

    Of examples, rank 2 is `(examples, length)`; rank 3 is `(examples, height, width)` pictures where
    uint8, else `(examples, length, channels)` signals; ranks 4 and 5 have their channels last. The first
    two gain a channel.

    Raises:
        DataError: A part is empty, uneven, not numeric, not finite, or unlike the others.
    """
    for part in xs:
        if len(np.atleast_1d(xs[part])) != len(np.atleast_1d(ys[part])):
            raise DataError(
                f"{place}: {part} has {len(xs[part])} examples but {len(ys[part])} labels; "
                "one label for each example was expected."
            )
    examples = {part: _check_examples(x, f"{place}: {part} examples") for part, x in xs.items()}
    _check_alike(examples, place)
    indices, labels = _encode({part: _check_labels(y, f"{place}: {part} labels") for part, y in ys.items()}, place)
    return Arrays(examples, indices, labels)


def _read_members(path: Path) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path}: one bare array, not an .npz archive; expected the arrays {_EXPECTED}.")
            pairs = _find_pairs(archive.files, path)
            return {part: tuple(_read_member(archive, name, path) for name in pair) for part, pair in pairs.items()}
    except _UNREADABLE as error:
        raise DataError(f"{path}: cannot be read as an .npz archive ({error}).") from error
