"""Splits of an image listing: as given by the source, by time, or random."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.content import split_origin
from cnnsearch.data.grouped import check_apart, divide_groups
from cnnsearch.data.listing import Entry, PictureListing
from cnnsearch.data.reading import Reading, SplitBy
from cnnsearch.data.splits import PARTS, divide
from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.registry import encode_targets

PartPositions = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Division:
    """The splits of a listing.

    Args:
        task: The task of the targets.
        y: The encoded targets of all images.
        positions: Positions of each part's images in the listing, ascending.
        split_by: The rule that determined the splits.
        origin: As `DatasetSummary.split_origin`.
    """

    task: Task
    y: Targets
    positions: PartPositions
    split_by: SplitBy
    origin: Literal["made", "given", "completed"]


def choose_split(listing: PictureListing, wanted: SplitBy | None) -> SplitBy:
    """Return the rule that determines the splits: `wanted`, by default that of the source.

    Raises:
        DataError: The source lacks what `wanted` needs.
    """
    has_parts = any(entry.part for entry in listing.entries)
    has = {
        "random": True,
        "folder": has_parts and listing.origin != "manifest",
        "manifest": has_parts and listing.origin == "manifest",
        "time": listing.entries[0].time is not None,
    }
    if wanted is not None and not has[wanted]:
        needs = {
            "folder": "train, validation and test folders",
            "manifest": "a manifest with a column `split`",
            "time": "a manifest with a column `time`",
        }
        raise DataError(f"{listing.place}: --split-by {wanted} needs {needs[wanted]}.")
    return wanted or ("folder" if has["folder"] else "manifest" if has["manifest"] else "random")


def divide_listing(
    listing: PictureListing,
    groups: NDArray[np.int64] | None,
    reading: Reading,
    encoded: tuple[Targets, Task] | None = None,
) -> Division:
    """Split the images of a listing.

    Args:
        listing: The images.
        groups: The group of each image, if groups stay within one split.
        reading: The settings of the split.
        encoded: The targets and their task, if they are masks or objects.

    Raises:
        DataError: The source lacks what the settings need, the targets are not valid for the task or cannot
            be split, or a group is in more than one given split.
    """
    split_by = choose_split(listing, reading.split_by)
    if encoded is None:
        ys, task = encode_targets(listing.targets, reading.task, listing.place)
        encoded = ys["train"], task
    y, task = encoded
    if split_by == "time":
        positions = _by_time(listing)
        task.check({part: y[index] for part, index in positions.items()}, listing.place)
        return Division(task, y, positions, split_by, "made")
    given = _given(listing.entries) if split_by != "random" else {"train": np.arange(len(y))}
    task.check({part: y[index] for part, index in given.items()}, listing.place)
    if groups is not None and len(given) > 1:
        parts = [entry.part for entry in listing.entries]
        check_apart(parts, groups, [str(entry.path) for entry in listing.entries], listing.place)
    positions = _completed(given, task, y, groups, listing.place, reading.seed)
    return Division(task, y, positions, split_by, split_origin(given))


def _given(entries: tuple[Entry, ...]) -> PartPositions:
    parts = np.array([entry.part for entry in entries])
    return {part: np.flatnonzero(parts == part) for part in PARTS if part in parts}


def _completed(
    given: PartPositions, task: Task, y: Targets, groups: NDArray[np.int64] | None, place: str, seed: int
) -> PartPositions:
    missing = [part for part in PARTS if part not in given]
    if not missing:
        return given
    train = given["train"]
    if groups is None:
        drawn = divide(y[train], missing, task=task, place=place, seed=seed)
    else:
        drawn = divide_groups(y[train], groups[train], missing, task=task, place=place, seed=seed)
    return {**given, **{part: train[index] for part, index in drawn.items()}}


def _by_time(listing: PictureListing) -> PartPositions:
    """Split by time: the latest fifth is test, the fifth before it validation; equal times stay together."""
    times = np.array([entry.time for entry in listing.entries], np.float64)
    bounds = np.quantile(times, (0.6, 0.8), method="lower")
    sides = np.searchsorted(bounds, times, side="left")  # a time equal to a bound is in the earlier split
    positions = {part: np.flatnonzero(sides == side) for side, part in enumerate(PARTS)}
    if empty := [part for part, index in positions.items() if not len(index)]:
        raise DataError(
            f"{listing.place}: too few distinct times to split by: no images are left for {', '.join(empty)}."
        )
    return positions
