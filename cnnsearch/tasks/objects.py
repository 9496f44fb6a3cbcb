"""What the tasks of objects in images have in common: checks, division and descriptions of their targets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.errors import DataError
from cnnsearch.tasks.tagging.stratification import divide_by_tags

PRIOR = -2.19
"""Offset of the logits of heat maps: a probability of 0.1 before training (Zhou et al. 2019, appendix)."""

Counts = NDArray[np.int64]
"""`(examples, names)`: the number of objects of each name."""


def checked_numbers(y: NDArray[Any], axes: int, last: int, shape: str, place: str) -> NDArray[np.float32]:
    """Return targets as new float32 numbers.

    Args:
        y: The targets.
        axes: The number of axes.
        last: The length of the last one.
        shape: The expected shape in words.
        place: The source, for messages.

    Raises:
        DataError: They have another shape, or are not finite.
    """
    if y.ndim != axes or y.shape[-1] != last or y.shape[1] < 1 or y.dtype.kind not in "biuf":
        raise DataError(f"{place}: found {y.dtype} of shape {y.shape}; expected numbers, {shape}.")
    numbers = np.array(y, np.float32)
    if not np.isfinite(numbers).all():
        raise DataError(f"{place}: found NaN or infinite numbers; expected {shape}.")
    return numbers


def check_objects(counts: Mapping[str, Counts], names: Sequence[str], place: str) -> None:
    """Check that the training examples have objects of each name that occurs.

    Args:
        counts: The number of objects in each part, including `train`.
        names: The classes.
        place: The source, for messages.

    Raises:
        DataError: They have none, or lack a name that occurs in another part.
    """
    trained = counts["train"].sum(axis=0)
    if not trained.any():
        raise DataError(f"{place}: found no objects in the training examples; expected some.")
    others = sum(each.sum(axis=0) for part, each in counts.items() if part != "train")
    absent = (
        [
            repr(name)
            for name, is_absent in zip(names, (others > 0) & (trained == 0), strict=True)
            if is_absent
        ]
        if len(counts) > 1
        else []
    )
    if absent:
        raise DataError(f"{place}: no training object {', '.join(absent)}, which occurs in another part.")


def divide_by_objects(
    counts: Counts, share: float, missing: Sequence[str], rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Divide examples such that each part has those with each name in proportion; see `Task.divide`."""
    return divide_by_tags((counts > 0).astype(np.uint8), share, missing, rng)


def named_counts(counts: NDArray[np.integer], names: Sequence[str]) -> str:
    """Return the number of objects of each name in words, such as `3 cell, 1 platelet`."""
    pairs = zip(names, counts.tolist(), strict=True)
    return ", ".join(f"{count} {name}" for name, count in pairs if count) or "nothing"
