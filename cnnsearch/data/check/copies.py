"""Findings about duplicates: across splits, under different labels, or within a split."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import SHOWN, Finding, Occurrence
from cnnsearch.data.duplicates import Duplicates, Leak, conflicts, duplicates, leaks
from cnnsearch.data.splits import PARTS

_SMALL = 32  # pixels; images up to this side can be similar by chance
_DOUBT = " Images of this size can also be similar by chance; review the examples."
_WITHIN = "Each is within one part of the given split."


def find_copies(inventory: Inventory, numbers: NDArray[np.int64]) -> Iterator[Finding]:
    """Yield findings about duplicates, worst first; each group is reported once, by its worst finding.

    Args:
        inventory: The examples.
        numbers: The group of each file.
    """
    yield from _leaks(inventory, leaks(inventory.files, numbers))
    yield from _split_groups(inventory)
    reported = set()
    for exact in (True, False):
        conflicting = [group for group in conflicts(inventory.files, numbers) if group.exact == exact]
        reported |= {numbers[group.members[0]] for group in conflicting}
        yield from _conflicts(inventory, conflicting, exact)
    rest = [
        group for group in duplicates(inventory.files, numbers) if numbers[group.members[0]] not in reported
    ]
    yield from _within(inventory, [group for group in rest if not _spans(inventory, group)])


def _leaks(inventory: Inventory, found: Sequence[Leak]) -> Iterator[Finding]:
    sides = defaultdict[tuple[bool, str, str], list[Leak]](list)
    for leak in found:
        sides[not leak.exact, inventory.files[leak.held].part, inventory.files[leak.seen].part].append(leak)
    for (is_near, held, seen), few in sorted(sides.items()):
        is_certain = not is_near or not _is_small(inventory)
        how = "as near duplicates (re-encoded, resized or similar)" if is_near else "byte-identical"
        verb = "is" if len(few) == 1 else "are"
        yield Finding(
            kind="leak",
            severity="error" if is_certain else "warning",
            count=len(few),
            message=f"{_count(inventory, len(few), held)} {verb} also in {seen}, {how}: scores on {held} "
            f"would be too optimistic. Remove them from one split{_or_split_anew(inventory)}."
            f"{'' if is_certain else _DOUBT}",
            examples=tuple(
                Occurrence(files=(inventory.name(leak.held), inventory.name(leak.seen)))
                for leak in few[:SHOWN]
            ),
        )


def _split_groups(inventory: Inventory) -> Iterator[Finding]:
    first: dict[str, dict[str, int]] = defaultdict(dict)  # for each group, one file of each part
    for i, file in enumerate(inventory.files):
        if file.group and file.part:
            first[file.group].setdefault(file.part, i)
    split = {group: files for group, files in first.items() if len(files) > 1}
    if split:
        yield Finding(
            kind="leak",
            severity="error",
            count=len(split),
            message=f"{_groups(len(split))} of the manifest in more than one of its splits: scores would be "
            "too optimistic. Keep each group within one split, or create a new split with --split-by random.",
            examples=tuple(
                Occurrence(files=tuple(map(inventory.name, files.values())), note=f"group {group}")
                for group, files in list(split.items())[:SHOWN]
            ),
        )


def _conflicts(inventory: Inventory, found: Sequence[Duplicates], exact: bool) -> Iterator[Finding]:
    if found:
        what = "byte-identical files" if exact else "near duplicates"
        advice = "One label of each is wrong." if exact else "One label of each may be wrong."
        yield Finding(
            kind="label_conflict",
            severity="warning" if exact or not _is_small(inventory) else "note",
            count=len(found),
            message=f"{_groups(len(found))} of {what} with different labels. {advice}",
            examples=tuple(_example(inventory, group, is_labelled=True) for group in found[:SHOWN]),
        )


def _within(inventory: Inventory, found: Sequence[Duplicates]) -> Iterator[Finding]:
    if found:
        members = sum(len(group.members) for group in found)
        exact = sum(len(group.members) for group in found if group.exact)
        is_drawn = not {"validation", "test"} <= inventory.parts
        largest = sorted(found, key=lambda group: -len(group.members))[:SHOWN]
        yield Finding(
            kind="duplicates",
            severity="warning" if is_drawn and (exact or not _is_small(inventory)) else "note",
            count=len(found),
            message=f"{_groups(len(found))} of duplicates, {members} {inventory.noun}; {exact} of them are "
            f"in groups of byte-identical files. {_advice(inventory) if is_drawn else _WITHIN}",
            examples=tuple(_example(inventory, group, is_labelled=False) for group in largest),
        )


def _or_split_anew(inventory: Inventory) -> str:
    if inventory.origin == "arrays":
        return ""
    return ", or create a new split with --split-by random --group-duplicates"


def _advice(inventory: Inventory) -> str:
    if inventory.origin == "arrays":
        return "A random split can put some of them in different parts."
    return "A random split can put some of them in different parts; --group-duplicates keeps groups together."


def _example(inventory: Inventory, group: Duplicates, *, is_labelled: bool) -> Occurrence:
    members = group.members
    if is_labelled:  # one file of each label first
        first = {inventory.files[i].label: i for i in reversed(members)}
        members = tuple(dict.fromkeys([*sorted(first.values()), *members]))
    size = f"{len(members)} {'byte-identical' if group.exact else 'similar'}"
    labels = " / ".join(dict.fromkeys(inventory.files[i].label or "nothing" for i in members))
    return Occurrence(
        files=tuple(inventory.name(i) for i in members[:SHOWN]),
        note=f"{labels}: {size}" if is_labelled else size,
    )


def _spans(inventory: Inventory, group: Duplicates) -> bool:
    return len({inventory.files[i].part for i in group.members}) > 1


def _is_small(inventory: Inventory) -> bool:
    sides = [max(file.width, file.height) for file in inventory.files if file.width]
    return not sides or median(sides) <= _SMALL


def _count(inventory: Inventory, number: int, part: str) -> str:
    assert part in PARTS
    return f"{number} {part} {inventory.noun[:-1] if number == 1 else inventory.noun}"


def _groups(number: int) -> str:
    return "1 group" if number == 1 else f"{number} groups"
