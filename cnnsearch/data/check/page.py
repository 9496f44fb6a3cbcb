"""The contact sheet: one self-contained HTML page with classes, findings and images."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import jinja2
import numpy as np

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import Finding, Occurrence, Report, printable
from cnnsearch.data.check.run import Checked
from cnnsearch.data.check.target_section import target_section
from cnnsearch.data.check.thumbs import Thumb, Thumbs

_CLASSES = 60  # classes shown with samples
_SAMPLES = 360  # images of all classes together
_FEWEST, _MOST = 4, 12  # images of one class
_MEMBERS = 6  # images of one example


@dataclass(frozen=True)
class ClassCard:
    """A class on the page.

    Args:
        label: Name of the class.
        counts: Number of readable examples in each part.
        share: Size relative to the largest class, 0 to 1.
        weight: Weight with `--class-weights balanced`; 0 if train has no examples.
        samples: Some of its images.
    """

    label: str
    counts: dict[str, int]
    share: float
    weight: float
    samples: tuple[Thumb, ...]


@dataclass(frozen=True)
class ExampleCard:
    """An example of a finding on the page.

    Args:
        note: Note on the example.
        names: Files without an image on the page.
        thumbs: The images.
        more: Number of further files.
    """

    note: str
    names: tuple[str, ...]
    thumbs: tuple[Thumb, ...]
    more: int


def write_page(checked: Checked, path: Path) -> None:
    """Write the contact sheet, without external resources.

    A given test set stays sealed: only its images that have a duplicate in another part are shown.
    """
    thumbs = Thumbs(checked.inventory)
    findings = [
        (finding, _example_cards(finding, checked.inventory, thumbs)) for finding in checked.report.findings
    ]
    classes = _class_cards(checked, thumbs)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("page.html.j2").render(
        report=checked.report,
        noun=checked.inventory.noun,
        name=Path(checked.report.data).resolve().name
        if checked.report.origin != "arrays"
        else checked.report.data,
        facts=facts(checked.report),
        findings=findings,
        targets=target_section(checked.inventory, checked.report.target_summary),
        classes=classes,
        hidden_classes=checked.report.labels[_CLASSES:],
    )
    path.write_text(page, encoding="utf-8")


def facts(report: Report) -> dict[str, str]:
    """Return the main properties of the dataset as texts by heading."""
    texts = {
        "examples": f"{report.examples:,}",
        **({"classes": f"{len(report.labels):,}"} if report.labels else {"targets": report.targets}),
        "parts": ", ".join(f"{part} {sum(counts.values()):,}" for part, counts in report.counts.items()),
        "size": f"{report.bytes / 1e6:,.1f} MB",
    }
    if report.widths and report.heights:
        texts["width"], texts["height"] = (
            f"{side.least} to {side.greatest} px" if side.least < side.greatest else f"{side.least} px"
            for side in (report.widths, report.heights)
        )
    for name, counts in (("mode", report.modes), ("format", report.formats)):
        texts[name] = ", ".join(
            f"{word} {number:,}" if len(counts) > 1 else word for word, number in counts.items()
        )
    return texts


def _class_cards(checked: Checked, thumbs: Thumbs) -> list[ClassCard]:
    report = checked.report
    totals = {label: sum(counts[label] for counts in report.counts.values()) for label in report.labels}
    largest = max([1, *totals.values()])
    members = _members(checked.inventory)
    return [
        ClassCard(
            label,
            {part: counts[label] for part, counts in report.counts.items()},
            totals[label] / largest,
            report.class_weights.get(label, 0.0),
            tuple(thumbs.make(i) for i in _sample(members[label], len(report.labels))),
        )
        for label in report.labels[:_CLASSES]
    ]


def _members(inventory: Inventory) -> dict[str, list[int]]:
    members = defaultdict[str, list[int]](list)
    for position in inventory.open_positions if inventory.read else ():
        members[printable(inventory.files[position].label)].append(position)
    return members


def _sample(members: list[int], classes: int) -> list[int]:
    size = min(len(members), max(_FEWEST, min(_MOST, _SAMPLES // classes)))
    return sorted(np.random.default_rng(0).choice(members, size, replace=False).tolist()) if members else []


def _example_cards(finding: Finding, inventory: Inventory, thumbs: Thumbs) -> list[ExampleCard]:
    return [_example_card(example, inventory, thumbs) for example in finding.examples]


def _example_card(example: Occurrence, inventory: Inventory, thumbs: Thumbs) -> ExampleCard:
    positions = {name: thumbs.find(name) for name in example.files[:_MEMBERS]}
    is_open = any(i is not None and inventory.files[i].part != "test" for i in positions.values())
    images = [thumbs.make(i, is_shown=is_open) for i in positions.values() if i is not None]
    shown = tuple(thumb for thumb in images if thumb.source)
    names = tuple(name for name in positions if name not in {thumb.name for thumb in shown})
    return ExampleCard(example.note, names, shown, len(example.files) - len(positions))
