"""Arrays of examples and targets -> checked arrays with uniform axes and types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.layout import Channels, find_layout
from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import RawTargets, Task
from cnnsearch.tasks.registry import encode_targets

Parts = Mapping[str, NDArray[Any]]
"""An array of each part."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """The checked arrays of each part of a source; without a given split, `train` holds all examples.

    Args:
        xs: The examples of each part, `(examples, *input_shape)`, uint8 or float32.
        ys: The encoded targets of each part.
        task: The task of the targets.
        dtype: The type of the examples as they were brought.
    """

    xs: dict[str, NDArray[Any]]
    ys: dict[str, Targets]
    task: Task
    dtype: str

    def merged(self) -> "Arrays":
        """Return all parts as one."""
        xs, ys = (np.concatenate(list(parts.values())) for parts in (self.xs, self.ys))
        return Arrays({"train": xs}, {"train": ys}, self.task, self.dtype)


def check_arrays(
    pairs: Mapping[str, tuple[NDArray[Any], NDArray[Any]]],
    place: str,
    task: str | None = None,
    *,
    dims: int | None = None,
    channels: Channels | None = None,
    correct: Callable[[Parts, Parts], Parts] | None = None,
) -> Arrays:
    """Check each part and convert it to uniform axes and types.

    `layout.py` has the rule of the axes; the channels become the last axis.

    Args:
        pairs: Examples and targets of each part.
        place: The source, for messages.
        task: Name of the task; by default inferred from the targets.
        dims: Number of spatial dimensions; by default inferred from the axes.
        channels: Place of the channels' axis; by default inferred from the axes.
        correct: Returns the targets to check, from the examples, channels last, and the targets.

    Raises:
        DataError: A part is empty, not numeric or not finite, has different numbers of examples and targets,
            or differs from `train` in shape or type.
    """
    for part, (x, _) in pairs.items():
        _check_numbers(x, f"{place}, {part} examples")
        _check_alike(x, pairs["train"][0], f"{place}, {part} examples")
    layout = find_layout(pairs["train"][0].shape[1:], f"{place}, train examples", dims, channels)
    examples = {
        part: _converted(layout.apply(x), f"{place}, {part} examples") for part, (x, _) in pairs.items()
    }
    targets: Parts = {part: y for part, (_, y) in pairs.items()}
    for part, x in examples.items():
        _check_lengths(x, targets[part], f"{place}, {part}")
    raw = RawTargets(correct(examples, targets) if correct else targets)
    ys, found = encode_targets(raw, task, place)
    found.check_shapes(ys, examples, place)
    return Arrays(examples, ys, found, pairs["train"][0].dtype.name)


def _check_numbers(x: NDArray[Any], place: str) -> None:
    if x.dtype.kind not in "biuf":
        raise DataError(f"{place}: found {x.dtype}; expected numbers.")
    if x.size == 0:
        raise DataError(f"{place}: found an empty array of shape {x.shape}.")
    if not 2 <= x.ndim <= 5:
        raise DataError(
            f"{place}: found shape {x.shape}; expected (examples, ...) with one to four further axes."
        )


def _converted(x: NDArray[Any], place: str) -> NDArray[Any]:
    """Return examples as contiguous uint8 or float32."""
    if x.dtype == np.uint8:
        return np.ascontiguousarray(x)
    with np.errstate(over="ignore"):  # values too large for float32 become infinite and fail the check below
        x = np.ascontiguousarray(x, np.float32)
    if not np.isfinite(x).all():
        wrong = np.flatnonzero(~np.isfinite(x).reshape(len(x), -1).all(axis=1))
        raise DataError(
            f"{place}: found NaN or infinite values (as float32) in {len(wrong)} of {len(x)} examples, "
            f"the first at {wrong[0]}; expected finite values."
        )
    return x


def _stored_type(x: NDArray[Any]) -> str:
    return "uint8" if x.dtype == np.uint8 else "float32"


def _check_lengths(x: NDArray[Any], y: NDArray[Any], place: str) -> None:
    if y.ndim and len(x) != len(y):
        raise DataError(f"{place}: found {len(x)} examples and {len(y)} targets; expected equal numbers.")


def _check_alike(x: NDArray[Any], train: NDArray[Any], place: str) -> None:
    found, expected = (f"shape {a.shape[1:]} and {_stored_type(a)}" for a in (x, train))
    if found != expected:
        raise DataError(f"{place}: found {found} per example; expected {expected}, as in train.")
