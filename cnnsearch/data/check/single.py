"""Findings in single files: unreadable, blank, tiny or elongated images; and skipped files."""

from collections.abc import Callable, Iterator
from statistics import median

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import SEVERITIES, SHOWN, Finding, Kind, Occurrence

_TINY = 8  # pixels
_TINY_SHARE = 1 / 8  # of the median side
_LONG = 4.0  # aspect ratio relative to the median aspect ratio
_BY_DESIGN = ("hidden", "__MACOSX")  # never intended for training
_LEFT_OUT = {
    "hidden": "hidden",
    "__MACOSX": "in __MACOSX (metadata of macOS archives)",
    "link back": "links back into the folder",
}


def find_in_files(inventory: Inventory) -> Iterator[Finding]:
    """Yield the findings about single files."""
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
            "Fix or remove them, or skip them with --on-bad skip.",
            examples=tuple(
                Occurrence(files=(inventory.name(i),), note=inventory.files[i].problem) for i in bad[:SHOWN]
            ),
        )


def _blank(inventory: Inventory) -> Iterator[Finding]:
    advice = "Blank images hold no information about their class."
    yield from _pictures(inventory, inventory.is_blank, "blank", "of a single colour", advice)


def _tiny(inventory: Inventory) -> Iterator[Finding]:
    sides = [min(file.width, file.height) for file in inventory.files if file.width and not file.problem]
    middle = median(sides) if sides else 0.0
    limit = max(min(_TINY, middle), middle * _TINY_SHARE)

    def is_tiny(position: int) -> bool:
        file = inventory.files[position]
        return 0 < min(file.width, file.height) < limit

    property_text = f"less than {limit:g} pixels on the shorter side"
    advice = "Enlarged tiny images are mostly blurred."
    yield from _pictures(inventory, is_tiny, "tiny", property_text, advice)


def _elongated(inventory: Inventory) -> Iterator[Finding]:
    ratios = [_ratio(inventory, i) for i in inventory.open_positions if inventory.files[i].width]
    limit = _LONG * median(ratios) if ratios else 0.0

    def is_long(position: int) -> bool:
        return _ratio(inventory, position) >= limit > 0

    property_text = f"at least {limit:.1f} times as long as wide"
    advice = "Images are resized with their aspect ratio, so black bars would fill most of these."
    yield from _pictures(inventory, is_long, "elongated", property_text, advice)


def _pictures(
    inventory: Inventory,
    applies: Callable[[int], bool],
    kind: Kind,
    property_text: str,
    advice: str,
) -> Iterator[Finding]:
    positions = [i for i in inventory.open_positions if applies(i)]
    if positions:
        subject = "1 image is" if len(positions) == 1 else f"{len(positions)} images are"
        yield Finding(
            kind=kind,
            severity="warning",
            count=len(positions),
            message=f"{subject} {property_text}. {advice}",
            examples=tuple(
                Occurrence(files=(inventory.name(i),), note=_size(inventory, i)) for i in positions[:SHOWN]
            ),
        )


def _left_out(inventory: Inventory) -> Iterator[Finding]:
    for severity in SEVERITIES[1:]:
        kinds = [kind for kind in inventory.left_out if (kind.kind in _BY_DESIGN) == (severity == "note")]
        if kinds:
            counts = ", ".join(f"{kind.count} {_LEFT_OUT.get(kind.kind, kind.kind)}" for kind in kinds)
            examples = (Occurrence(files=(name,), note=kind.kind) for kind in kinds for name in kind.examples)
            yield Finding(
                kind="left_out",
                severity=severity,
                count=sum(kind.count for kind in kinds),
                message=f"skipped: {counts}.",
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
