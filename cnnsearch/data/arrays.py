"""Arrays of examples and targets, whatever they were read from, are checked and brought to one form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError
from cnnsearch.tasks.base import RawTargets, Targets, Task
from cnnsearch.tasks.registry import encode_targets


@dataclass(frozen=True, eq=False)
class Arrays:
    """The parts that were given (`train` holds everything where the set is undivided), checked.

    Args:
        xs: Each part's examples, `(examples, *input_shape)`, uint8 or float32.
        ys: Each part's targets, encoded.
        task: What the targets set.
    """

    xs: dict[str, NDArray[Any]]
    ys: dict[str, Targets]
    task: Task


def check_arrays(
    pairs: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], place: str, task: str | None = None
) -> Arrays:
    """Checks each part and brings it to one form.

    Args:
        pairs: Each part's examples and targets.
        place: What they were read from, for messages.
        task: The name of the task; by default the one that the targets set.

    Of examples, rank 2 is `(examples, length)`; rank 3 is `(examples, height, width)` pictures where
    uint8, else `(examples, length, channels)` signals; ranks 4 and 5 have their channels last. The first
    two gain a channel.

    Raises:
        DataError: A part is empty, uneven, not numeric, not finite, or unlike the others.
    """
    examples = {part: _check_examples(x, f"{place}, {part} examples") for part, (x, _) in pairs.items()}
    raw = RawTargets({part: y for part, (_, y) in pairs.items()})
    for part, x in examples.items():
        _check_alike(x, examples["train"], f"{place}, {part} examples")
    ys, found = encode_targets(raw, task, place)
    for part, x in examples.items():
        _check_lengths(x, ys[part], f"{place}, {part}")
    return Arrays(examples, ys, found)


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


def _check_lengths(x: NDArray[Any], y: Targets, place: str) -> None:
    if len(x) != len(y):
        raise DataError(f"{place}: {len(x)} examples but {len(y)} labels; as many of each were expected.")


def _check_alike(x: NDArray[Any], train: NDArray[Any], place: str) -> None:
    found, expected = (f"shape {a.shape[1:]} and {a.dtype}" for a in (x, train))
    if found != expected:
        raise DataError(f"{place}: each of {found}; {expected} was expected, as in train.")
