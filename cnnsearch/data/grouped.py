"""Splits with each group within one part: large groups first, greedily, then single examples by stratum."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.splits import part_share
from cnnsearch.errors import DataError
from cnnsearch.tasks.base import Targets, Task


def divide_groups(
    y: Targets,
    groups: NDArray[np.int64],
    missing: Sequence[str],
    *,
    task: Task,
    place: str,
    seed: int,
) -> dict[str, NDArray[np.int64]]:
    """Split the missing parts off a training set, as close to stratified as complete groups allow.

    Groups of several examples are assigned first, largest first, each to the part in which its strata are
    furthest below their share, the last ones to parts that have none; then single examples fill each stratum
    of each part up to its share.

    Args:
        y: The targets of the training set.
        groups: The group of each example.
        missing: The parts to create, out of `validation` and `test`; at least one.
        task: Defines the strata of the targets.
        place: The source, for messages.
        seed: The same seed, `y` and `groups` give the same split.

    Returns:
        The positions in `y` for `train` and each missing part, in ascending order.

    Raises:
        DataError: A stratum is in too few groups to be in every part.
    """
    parts = ("train", *missing)
    task.check_spread(y, groups, parts, len(parts), place)
    strata = task.strata(y)
    size = int(strata.max()) + 1
    rng = np.random.default_rng(seed)
    share = part_share(len(y), len(missing))
    shares = np.array([1 - share * len(missing), *[share] * len(missing)])
    counts = np.bincount(strata, minlength=size)
    lack = np.outer(shares, counts)  # examples of each stratum still missing in each part
    lack[1:] = np.maximum(lack[1:], 1.0)
    sides = np.full(len(y), -1)
    singles = np.bincount(groups)[groups] == 1
    large, without = _by_size(np.flatnonzero(~singles), groups, rng), set(range(len(parts)))
    for number, members in enumerate(large):
        held = np.bincount(strata[members], minlength=size)
        gains = lack @ (held / np.maximum(counts, 1) ** 2)
        is_scarce = len(large) - number + singles.sum() <= len(without)
        side = max(sorted(without) if is_scarce else range(len(parts)), key=gains.__getitem__)
        without.discard(side)
        sides[members] = side
        lack[side] -= held
    for index in range(size):
        members = rng.permutation(np.flatnonzero(singles & (strata == index)))
        sizes = np.maximum(np.rint(lack[1:, index]), 0).astype(int)
        stops = np.minimum(np.cumsum(sizes), len(members))
        pieces = np.split(members, stops)
        for side, piece in zip([*range(1, len(parts)), 0], pieces, strict=True):
            sides[piece] = side
    return {part: np.flatnonzero(sides == side) for side, part in enumerate(parts)}


def check_apart(parts: Sequence[str], groups: NDArray[np.int64], names: Sequence[str], place: str) -> None:
    """Check that each group is within one part of the given splits.

    Args:
        parts: The part of each example.
        groups: The group of each example.
        names: The name of each example in messages.
        place: The source, for messages.

    Raises:
        DataError: A group is in more than one part.
    """
    first: dict[int, int] = {}
    torn: dict[int, tuple[int, int]] = {}
    for index, group in enumerate(groups.tolist()):
        other = first.setdefault(group, index)
        if parts[other] != parts[index]:
            torn.setdefault(group, (other, index))
    if torn:
        one, two = next(iter(torn.values()))
        raise DataError(
            f"{place}: {len(torn)} groups are in more than one of the splits of the source: "
            f"{names[one]} is in {parts[one]}, {names[two]} in {parts[two]}. "
            f"Fix the source, or create a new split with --split-by random."
        )


def _by_size(
    members: NDArray[np.int64], groups: NDArray[np.int64], rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    if not len(members):
        return []
    members = members[np.argsort(groups[members], kind="stable")]
    by_group = np.split(members, np.flatnonzero(np.diff(groups[members])) + 1)
    by_group = [by_group[index] for index in rng.permutation(len(by_group))]
    return sorted(by_group, key=len, reverse=True)


def joined_groups(labelings: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the smallest groups that contain the groups of all labelings.

    Args:
        labelings: At least one array with the group of each example.
    """
    leaders = list(range(len(labelings[0])))

    def leader(index: int) -> int:
        while leaders[index] != index:
            leaders[index] = index = leaders[leaders[index]]
        return index

    for groups in labelings:
        firsts: dict[int, int] = {}
        for index, group in enumerate(groups.tolist()):
            leaders[leader(index)] = leader(firsts.setdefault(group, index))
    return np.unique([leader(index) for index in leaders], return_inverse=True)[1].astype(np.int64)
