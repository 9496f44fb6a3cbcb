"""The part of the contact sheet about targets of objects and maps: amounts, charts and overlays."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnsearch.data.check.figures import target_figure
from cnnsearch.data.check.gallery import Overlay, legend, target_gallery
from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.check.report import BoxSize, TargetSummary
from cnnsearch.page.svg import bars


@dataclass(frozen=True)
class TargetSection:
    """The section of a page.

    Args:
        columns: The headings of the table of names.
        rows: Its rows.
        sentences: What else is known of the targets.
        charts: SVG drawings.
        caption: The caption of the charts.
        legend: The colour of each class in the overlays.
        overlays: Pictures with their targets.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]
    charts: tuple[str, ...]
    caption: str
    legend: dict[str, str]
    overlays: tuple[Overlay, ...]


def target_section(inventory: Inventory, summary: TargetSummary | None) -> TargetSection | None:
    """Return the section; None for other targets."""
    if summary is None or inventory.contents is None:
        return None
    figure = target_figure(inventory, inventory.contents)
    columns, rows = target_rows(inventory.task.noun, summary)
    return TargetSection(
        columns,
        rows,
        tuple(target_sentences(inventory.task.type, summary)),
        tuple(map(bars, figure.charts)),
        figure.caption,
        legend(inventory),
        tuple(target_gallery(inventory)),
    )


def target_rows(noun: str, summary: TargetSummary) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the headings and rows of a table: the pictures and objects of each name in each part.

    Args:
        noun: The noun for a name.
        summary: The amounts.
    """
    counted = "labelled" if noun == "keypoint" else "objects"
    kinds = {"pictures": summary.pictures} | ({counted: summary.objects} if summary.objects else {})
    columns = [(kind, part, counts) for kind, by_part in kinds.items() for part, counts in by_part.items()]
    names = next(iter(summary.pictures.values()))
    headings = (kind if part == "all" else f"{kind}, {part}" for kind, part, _ in columns)
    rows = ((name, *(f"{counts[name]:,}" for _, _, counts in columns)) for name in names)
    return (noun, *headings), tuple(rows)


def target_sentences(task: str, summary: TargetSummary) -> Iterator[str]:
    """Yield sentences on the objects of a picture and on the sizes of boxes."""
    if summary.per_picture:
        what = "classes" if task == "segmentation" else "objects"
        least, most = summary.per_picture.least, summary.per_picture.greatest
        spread = f" to {most}, median {summary.per_picture.median:g}" if least < most else ""
        yield f"{what} per picture: {least}{spread}"
    if summary.smallest and summary.largest:
        yield f"smallest box: {_words(summary.smallest)}"
        yield f"largest box: {_words(summary.largest)}"


def _words(box: BoxSize) -> str:
    return f"{box.width:g} x {box.height:g} pixels ({box.label}, {box.file}, {box.place})"
