"""Arrays of examples and targets -> checked arrays with uniform axes and types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import RawTargets, Task
from cnnsearch.tasks.registry import encode_targets


@dataclass(frozen=True, eq=False)
class Arrays:
    """The checked arrays of each part of a source; without a given split, `train` holds all examples.

    Args:
        xs: The examples of each part, `(examples, *input_shape)`, uint8 or float32.
        ys: The encoded targets of each part.
        task: The task of the targets.
    """

    xs: dict[str, NDArray[Any]]
    ys: dict[str, Targets]
    task: Task


def check_arrays(
    pairs: Mapping[str, tuple[NDArray[Any], NDArray[Any]]], place: str, task: str | None = None
) -> Arrays:
    """Check each part and convert it to uniform axes and types.

    Examples of rank 2 are `(examples, length)`; of rank 3 `(examples, height, width)` images if uint8, else
    `(examples, length, channels)` signals; ranks 4 and 5 have the channels last. The first two get a channel
    axis.

    Args:
        pairs: Examples and targets of each part.
        place: The source, for messages.
        task: Name of the task; by default inferred from the targets.

    Raises:
        DataError: A part is empty, not numeric or not finite, has different numbers of examples and targets,
            or differs from `train` in shape or type.
    """
    examples = {part: _check_examples(x, f"{place}, {part} examples") for part, (x, _) in pairs.items()}
    raw = RawTargets({part: y for part, (_, y) in pairs.items()})
    for part, x in examples.items():
        _check_alike(x, examples["train"], f"{place}, {part} examples")
        _check_lengths(x, raw.parts[part], f"{place}, {part}")
    return Arrays(examples, *encode_targets(raw, task, place))


def _check_examples(x: NDArray[Any], place: str) -> NDArray[Any]:
    if x.dtype.kind not in "biuf":
        raise DataError(f"{place}: found {x.dtype}; expected numbers.")
    if x.size == 0:
        raise DataError(f"{place}: found an empty array of shape {x.shape}.")
    if not 2 <= x.ndim <= 5:
        raise DataError(
            f"{place}: found shape {x.shape}; expected (examples, ...) with one to four further axes."
        )
    if x.ndim == 2 or (x.ndim == 3 and x.dtype == np.uint8):
        x = x[..., np.newaxis]
    return x if x.dtype == np.uint8 else _to_float(x, place)


def _to_float(x: NDArray[Any], place: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # values too large for float32 become infinite and fail the check below
        x = x.astype(np.float32)
    if not np.isfinite(x).all():
        wrong = np.flatnonzero(~np.isfinite(x).reshape(len(x), -1).all(axis=1))
        raise DataError(
            f"{place}: found NaN or infinite values (as float32) in {len(wrong)} of {len(x)} examples, "
            f"the first at {wrong[0]}; expected finite values."
        )
    return x


def _check_lengths(x: NDArray[Any], y: NDArray[Any], place: str) -> None:
    if y.ndim and len(x) != len(y):
        raise DataError(f"{place}: found {len(x)} examples and {len(y)} targets; expected equal numbers.")


def _check_alike(x: NDArray[Any], train: NDArray[Any], place: str) -> None:
    found, expected = (f"shape {a.shape[1:]} and {a.dtype}" for a in (x, train))
    if found != expected:
        raise DataError(f"{place}: found {found} per example; expected {expected}, as in train.")
