"""What is found in single files: unreadable, blank or oddly sized ones; and what was left out."""

from collections.abc import Callable, Iterator
from statistics import median

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import SEVERITIES, SHOWN, Finding, Kind, Occurrence

_TINY = 8  # pixels
_TINY_SHARE = 1 / 8  # of the median side
_LONG = 4.0  # of the longer side over the shorter, and over the median ratio
_BY_DESIGN = ("hidden", "__MACOSX")  # what nobody means to train on
_LEFT_OUT = {
    "hidden": "hidden",
    "__MACOSX": "of __MACOSX, which archives from a Mac bring along",
    "link back": "linked back into the folder",
}


def find_in_files(inventory: Inventory) -> Iterator[Finding]:
    """Everything that is told of one file at a time."""
    yield from _unreadable(inventory)
    yield from _blank(inventory)
    yield from _tiny(inventory)
    yield from _elongated(inventory)
    yield from _left_out(inventory)


def _unreadable(inventory: Inventory) -> Iterator[Finding]:
    bad = [i for i, file in enumerate(inventory.files) if file.problem]
    if bad:
        yield Finding(
            kind="unreadable",
            severity="error",
            count=len(bad),
            message=f"{_files(len(bad))} cannot be read ({len(bad) / len(inventory.files):.1%}). "
            "Mend or remove them, or leave them out with --on-bad skip.",
            examples=tuple(
                Occurrence(files=(inventory.name(i),), note=inventory.files[i].problem) for i in bad[:SHOWN]
            ),
        )


def _blank(inventory: Inventory) -> Iterator[Finding]:
    advice = "Blank pictures teach nothing of their class."
    yield from _pictures(inventory, inventory.is_blank, "blank", "of one colour throughout", advice)


def _tiny(inventory: Inventory) -> Iterator[Finding]:
    sides = [min(file.width, file.height) for file in inventory.files if file.width and not file.problem]
    middle = median(sides) if sides else 0.0
    limit = max(min(_TINY, middle), middle * _TINY_SHARE)

    def is_tiny(position: int) -> bool:
        file = inventory.files[position]
        return 0 < min(file.width, file.height) < limit

    told = f"less than {limit:g} pixels on the shorter side"
    yield from _pictures(inventory, is_tiny, "tiny", told, "Scaled up, tiny pictures are mostly blur.")


def _elongated(inventory: Inventory) -> Iterator[Finding]:
    ratios = [_ratio(inventory, i) for i in inventory.open_positions if inventory.files[i].width]
    limit = _LONG * median(ratios) if ratios else 0.0

    def is_long(position: int) -> bool:
        return _ratio(inventory, position) >= limit > 0

    told = f"at least {limit:.1f} times as long as wide"
    advice = "Pictures are scaled with their aspect kept, so black bars would fill most of these."
    yield from _pictures(inventory, is_long, "elongated", told, advice)


def _pictures(
    inventory: Inventory,
    is_found: Callable[[int], bool],
    kind: Kind,
    told: str,
    advice: str,
) -> Iterator[Finding]:
    found = [i for i in inventory.open_positions if is_found(i)]
    if found:
        yield Finding(
            kind=kind,
            severity="warning",
            count=len(found),
            message=f"{len(found)} {'picture is' if len(found) == 1 else 'pictures are'} {told}. {advice}",
            examples=tuple(
                Occurrence(files=(inventory.name(i),), note=_size(inventory, i)) for i in found[:SHOWN]
            ),
        )


def _left_out(inventory: Inventory) -> Iterator[Finding]:
    for severity in SEVERITIES[1:]:
        found = [left for left in inventory.left_out if (left.kind in _BY_DESIGN) == (severity == "note")]
        if found:
            told = ", ".join(f"{left.count} {_LEFT_OUT.get(left.kind, left.kind)}" for left in found)
            examples = (Occurrence(files=(name,), note=left.kind) for left in found for name in left.examples)
            yield Finding(
                kind="left_out",
                severity=severity,
                count=sum(left.count for left in found),
                message=f"passed over: {told}.",
                examples=tuple(examples)[:SHOWN],
            )


def _ratio(inventory: Inventory, position: int) -> float:
    file = inventory.files[position]
    short, long = sorted((file.width, file.height))
    return long / short if short else 0.0


def _size(inventory: Inventory, position: int) -> str:
    file = inventory.files[position]
    return f"{file.width} x {file.height}"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
