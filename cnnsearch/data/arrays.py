"""Arrays of examples and labels, whatever they were read from, are checked and brought to one form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError


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


def check_arrays(pairs: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], place: str) -> Arrays:
    """Checks each part and brings it to one form.

    Of examples, rank 2 is `(examples, length)`; rank 3 is `(examples, height, width)` pictures where
    uint8, else `(examples, length, channels)` signals; ranks 4 and 5 have their channels last. The first
    two gain a channel.

    Raises:
        DataError: A part is empty, uneven, not numeric, not finite, or unlike the others.
    """
    examples = {part: _check_examples(x, f"{place}, {part} examples") for part, (x, _) in pairs.items()}
    values = {part: _check_labels(y, f"{place}, {part} labels") for part, (_, y) in pairs.items()}
    for part, x in examples.items():
        _check_lengths(x, values[part], f"{place}, {part}")
        _check_alike(x, examples["train"], f"{place}, {part} examples")
    indices, labels = _encode(values, place)
    return Arrays(examples, indices, labels)


def _check_examples(x: NDArray[Any], place: str) -> NDArray[Any]:
    if x.dtype.kind not in "biuf":
        raise DataError(f"{place}: numbers were expected, found {x.dtype}.")
    if x.size == 0:
        raise DataError(f"{place}: empty, of shape {x.shape}.")
    if not 2 <= x.ndim <= 5:
        raise DataError(f"{place}: shape {x.shape}; expected (examples, ...) with one to four further axes.")
    if x.ndim == 2 or (x.ndim == 3 and x.dtype == np.uint8):
        x = x[..., np.newaxis]
    return x if x.dtype == np.uint8 else _to_float(x, place)


def _to_float(x: NDArray[Any], place: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large for float32 turns infinite, and is found below
        x = x.astype(np.float32)
    if not np.isfinite(x).all():
        wrong = np.flatnonzero(~np.isfinite(x).reshape(len(x), -1).all(axis=1))
        raise DataError(
            f"{place}: NaN or infinite (as float32) in {len(wrong)} of {len(x)} examples, "
            f"the first at {wrong[0]}; finite values were expected."
        )
    return x


def _check_labels(y: NDArray[Any], place: str) -> NDArray[Any]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        hint = " (one-hot? give y.argmax(axis=1))" if y.ndim == 2 else ""
        raise DataError(f"{place}: shape {y.shape}; one label for each example was expected{hint}.")
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "backslashreplace")
    if y.dtype.kind not in "iuU":
        raise DataError(f"{place}: integers or strings were expected, found {y.dtype}.")
    return y if y.dtype.kind == "U" else y.astype(np.int64)


def _check_lengths(x: NDArray[Any], y: NDArray[Any], place: str) -> None:
    if len(x) != len(y):
        raise DataError(f"{place}: {len(x)} examples but {len(y)} labels; as many of each were expected.")


def _check_alike(x: NDArray[Any], train: NDArray[Any], place: str) -> None:
    found, expected = (f"shape {a.shape[1:]} and {a.dtype}" for a in (x, train))
    if found != expected:
        raise DataError(f"{place}: each of {found}; {expected} was expected, as in train.")


def _encode(
    values: Mapping[str, NDArray[Any]], place: str
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    if len({y.dtype.kind == "U" for y in values.values()}) > 1:
        raise DataError(f"{place}: integer labels in one part and strings in another; one kind was expected.")
    classes = np.unique(np.concatenate(list(values.values())))
    indices = {part: np.searchsorted(classes, y).astype(np.int64) for part, y in values.items()}
    return indices, tuple(str(label) for label in classes.tolist())
