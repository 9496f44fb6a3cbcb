"""Which pictures of a listing go to train, validation and test: as the source says, by time, or drawn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.content import check_classes, split_origin
from cnnsearch.data.grouped import check_apart, divide_groups
from cnnsearch.data.listing import Entry, PictureListing
from cnnsearch.data.reading import Reading, SplitBy
from cnnsearch.data.splits import PARTS, divide
from cnnsearch.errors import DataError

PartPositions = dict[str, NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Division:
    """A listing's pictures, split.

    Args:
        positions: Of each part's pictures in the listing, rising.
        split_by: What decided.
        origin: As `DatasetSummary.split_origin`.
    """

    positions: PartPositions
    split_by: SplitBy
    origin: Literal["made", "given", "completed"]


def choose_split(listing: PictureListing, wanted: SplitBy | None) -> SplitBy:
    """What decides the splits: what is wanted, by default what the source gives.

    Raises:
        DataError: The source does not give what is wanted.
    """
    gives = any(entry.part for entry in listing.entries)
    has = {
        "random": True,
        "folder": gives and listing.origin == "folder",
        "manifest": gives and listing.origin == "manifest",
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


def divide_listing(listing: PictureListing, groups: NDArray[np.int64] | None, reading: Reading) -> Division:
    """Splits the pictures of a listing.

    Args:
        listing: The pictures.
        groups: The group of each picture, where groups are kept whole.
        reading: What decides.

    Raises:
        DataError: The source does not give what is wanted, a class has too few pictures or none to train
            on, or a group lies on both sides of a split that was given.
    """
    split_by = choose_split(listing, reading.split_by)
    y = class_indices(listing)
    if split_by == "time":
        positions = _by_time(listing)
        check_classes({part: y[index] for part, index in positions.items()}, listing.labels, listing.place)
        return Division(positions, split_by, "made")
    given = _given(listing.entries) if split_by != "random" else {"train": np.arange(len(y))}
    check_classes({part: y[index] for part, index in given.items()}, listing.labels, listing.place)
    if groups is not None and len(given) > 1:
        parts = [entry.part for entry in listing.entries]
        check_apart(parts, groups, [str(entry.path) for entry in listing.entries], listing.place)
    return Division(_completed(given, y, groups, listing, reading.seed), split_by, split_origin(given))


def class_indices(listing: PictureListing) -> NDArray[np.int64]:
    """The class of each picture, as a position in the labels."""
    places = {label: index for index, label in enumerate(listing.labels)}
    return np.array([places[entry.label] for entry in listing.entries], np.int64)


def _given(entries: tuple[Entry, ...]) -> PartPositions:
    parts = np.array([entry.part for entry in entries])
    return {part: np.flatnonzero(parts == part) for part in PARTS if part in parts}


def _completed(
    given: PartPositions,
    y: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    listing: PictureListing,
    seed: int,
) -> PartPositions:
    missing = [part for part in PARTS if part not in given]
    if not missing:
        return given
    train, labels, place = given["train"], listing.labels, listing.place
    if groups is None:
        drawn = divide(y[train], missing, labels=labels, place=place, seed=seed)
    else:
        drawn = divide_groups(y[train], groups[train], missing, labels=labels, place=place, seed=seed)
    return {**given, **{part: train[index] for part, index in drawn.items()}}


def _by_time(listing: PictureListing) -> PartPositions:
    """The latest fifth to test, the fifth before it to validation; what is of one time stays together."""
    times = np.array([entry.time for entry in listing.entries], np.float64)
    bounds = np.quantile(times, (0.6, 0.8), method="lower")
    sides = np.searchsorted(bounds, times, side="left")  # a bound's own time is on the earlier side
    positions = {part: np.flatnonzero(sides == side) for side, part in enumerate(PARTS)}
    if empty := [part for part, index in positions.items() if not len(index)]:
        raise DataError(
            f"{listing.place}: too few different times to split by: nothing is left for {', '.join(empty)}."
        )
    return positions
