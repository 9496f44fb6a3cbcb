"""What is found in single files: unreadable, blank or oddly sized ones; and what was left out."""

from collections.abc import Callable, Iterator
from statistics import median

from cnnsearch.data.check.report import SEVERITIES, SHOWN, Finding, Kind, Occurrence
from cnnsearch.data.check.subject import Subject

_TINY = 8  # pixels
_TINY_SHARE = 1 / 8  # of the median side
_LONG = 4.0  # of the longer side over the shorter, and over the median ratio
_BY_DESIGN = ("hidden", "__MACOSX")  # what nobody means to train on
_LEFT_OUT = {
    "hidden": "hidden",
    "__MACOSX": "of __MACOSX, which archives from a Mac bring along",
    "link back": "linked back into the folder",
}


def find_in_files(subject: Subject) -> Iterator[Finding]:
    """Everything that is told of one file at a time."""
    yield from _unreadable(subject)
    yield from _blank(subject)
    yield from _tiny(subject)
    yield from _elongated(subject)
    yield from _left_out(subject)


def _unreadable(subject: Subject) -> Iterator[Finding]:
    bad = [i for i, file in enumerate(subject.files) if file.problem]
    if bad:
        yield Finding(
            kind="unreadable",
            severity="error",
            count=len(bad),
            message=f"{_files(len(bad))} cannot be read ({len(bad) / len(subject.files):.1%}). "
            "Mend or remove them, or leave them out with --on-bad skip.",
            examples=tuple(
                Occurrence(files=(subject.name(i),), note=subject.files[i].problem) for i in bad[:SHOWN]
            ),
        )


def _blank(subject: Subject) -> Iterator[Finding]:
    advice = "Blank pictures teach nothing of their class."
    yield from _pictures(subject, subject.is_blank, "blank", "of one colour throughout", advice)


def _tiny(subject: Subject) -> Iterator[Finding]:
    sides = [min(file.width, file.height) for file in subject.files if file.width and not file.problem]
    middle = median(sides) if sides else 0.0
    limit = max(min(_TINY, middle), middle * _TINY_SHARE)

    def is_tiny(position: int) -> bool:
        file = subject.files[position]
        return 0 < min(file.width, file.height) < limit

    told = f"less than {limit:g} pixels on the shorter side"
    yield from _pictures(subject, is_tiny, "tiny", told, "Scaled up, tiny pictures are mostly blur.")


def _elongated(subject: Subject) -> Iterator[Finding]:
    ratios = [_ratio(subject, i) for i in subject.open_positions if subject.files[i].width]
    limit = _LONG * median(ratios) if ratios else 0.0

    def is_long(position: int) -> bool:
        return _ratio(subject, position) >= limit > 0

    told = f"at least {limit:.1f} times as long as wide"
    advice = "Pictures are scaled with their aspect kept, so black bars would fill most of these."
    yield from _pictures(subject, is_long, "elongated", told, advice)


def _pictures(
    subject: Subject,
    is_found: Callable[[int], bool],
    kind: Kind,
    told: str,
    advice: str,
) -> Iterator[Finding]:
    found = [i for i in subject.open_positions if is_found(i)]
    if found:
        yield Finding(
            kind=kind,
            severity="warning",
            count=len(found),
            message=f"{len(found)} {'picture is' if len(found) == 1 else 'pictures are'} {told}. {advice}",
            examples=tuple(
                Occurrence(files=(subject.name(i),), note=_size(subject, i)) for i in found[:SHOWN]
            ),
        )


def _left_out(subject: Subject) -> Iterator[Finding]:
    for severity in SEVERITIES[1:]:
        found = [left for left in subject.left_out if (left.kind in _BY_DESIGN) == (severity == "note")]
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


def _ratio(subject: Subject, position: int) -> float:
    file = subject.files[position]
    short, long = sorted((file.width, file.height))
    return long / short if short else 0.0


def _size(subject: Subject, position: int) -> str:
    file = subject.files[position]
    return f"{file.width} x {file.height}"


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
