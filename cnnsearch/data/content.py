"""The common result of all sources: three splits and their properties; and their summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.arrays import Arrays
from cnnsearch.data.measures import array_fingerprint, channel_moments, count_duplicates
from cnnsearch.data.splits import PARTS, divide
from cnnsearch.data.summary import DatasetSummary, Split
from cnnsearch.data.values import ValueRange, find_range
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task


@dataclass(frozen=True, eq=False)
class Content:
    """Three splits and their properties; `DatasetSummary` documents the fields."""

    splits: dict[str, Split]
    task: Task
    values: ValueRange
    fingerprint: str
    split_origin: Literal["made", "given", "completed"]
    channel_mode: Literal["", "L", "RGB"] = ""
    image_size: tuple[int, int] | None = None
    skipped: int = 0
    split_by: Literal["", "random", "folder", "manifest", "time"] = ""
    grouped_by: tuple[str, ...] = ()


def content_from_arrays(
    arrays: Arrays, place: str, seed: int, value_range: tuple[float, float] | None = None
) -> Content:
    """Split off the missing parts of checked arrays; the range of their values is found unless it is given.

    Raises:
        DataError: The targets are not valid for the task, or cannot be split.
    """
    drawn = draw_missing(arrays.ys, arrays.task, place, seed)
    splits = {part: Split(x, arrays.ys[part]) for part, x in arrays.xs.items()}
    given = splits["train"]
    splits |= {part: Split(given.x[index], given.y[index]) for part, index in drawn.items()}
    arrays.task.check({"train": splits["train"].y}, place)
    fingerprint = array_fingerprint(arrays.xs, arrays.ys, arrays.task.names)
    values = find_range(splits["train"].x, arrays.dtype, value_range)
    return Content(splits, arrays.task, values, fingerprint, split_origin(arrays.ys))


def draw_missing(
    ys: Mapping[str, Targets], task: Task, place: str, seed: int
) -> dict[str, NDArray[np.int64]]:
    """Check the targets, then split the parts that `ys` lacks off its `train`.

    Returns:
        Positions in `train` for `train` and each missing part; empty if no part is missing.

    Raises:
        DataError: The targets are not valid for the task, or cannot be split.
    """
    task.check(ys, place)
    missing = [part for part in PARTS if part not in ys]
    return divide(ys["train"], missing, task=task, place=place, seed=seed) if missing else {}


def split_origin(given: Mapping[str, object]) -> Literal["made", "given", "completed"]:
    """Return the origin of the splits, from the parts that the source has."""
    missing = len(PARTS) - len(given)
    return "given" if missing == 0 else "completed" if missing == 1 else "made"


def summarize(content: Content, *, name: str, source: str, seed: int) -> DatasetSummary:
    """Return the summary of the splits.

    This is the last step that compares test examples with the other splits.
    """
    train, validation, test = (content.splits[part] for part in PARTS)
    means, variances = channel_moments(train.x)
    return DatasetSummary(
        name=name,
        source=source,
        fingerprint=content.fingerprint,
        input_shape=train.x.shape[1:],
        dtype="uint8" if train.x.dtype == np.uint8 else "float32",
        task=content.task.fitted(train.y, train.x.shape[1:]),
        examples={part: len(content.splits[part]) for part in PARTS},
        counts={part: content.task.counts(content.splits[part].y) for part in PARTS},
        channel_mode=content.channel_mode,
        image_size=content.image_size,
        split_seed=seed,
        split_origin=content.split_origin,
        values=content.values,
        channel_means=means,
        channel_variances=variances,
        duplicates_across_splits=count_duplicates(test.x, train.x, validation.x),
        skipped=content.skipped,
        split_by=content.split_by,
        grouped_by=content.grouped_by,
    )
