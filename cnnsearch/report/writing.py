"""A study -> runs/STUDY/report.html and figures/; repeatable at any time."""

import shutil
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cnnsearch.errors import CnnsearchError, SearchError
from cnnsearch.files import write_text
from cnnsearch.page import formatting
from cnnsearch.page.parts import Page, PageSection, Part, Plot
from cnnsearch.report import answer, provenance
from cnnsearch.report.champion_sections import champion_sections
from cnnsearch.report.diagram import draw_network
from cnnsearch.report.findings import Findings, gather_findings
from cnnsearch.report.importance import importances
from cnnsearch.report.interpretation import InterpretationProcess
from cnnsearch.report.page import render
from cnnsearch.report.pngs import numbered, write_png
from cnnsearch.report.search_sections import search_sections
from cnnsearch.rpc import NO_ANSWER, Call
from cnnsearch.study.credentials import environment_for
from cnnsearch.study.folder import Study
from cnnsearch.study.storage import FIGURES, REPORT, check_writable
from cnnsearch.version import __version__

NETWORK = "network.svg"


def write(study: Study, place: Path | None = None) -> Path:
    """Write the report and its figures, replacing older ones.

    Args:
        study: The study.
        place: The folder for them, by default the study's, where older figures are deleted first.

    Returns:
        The path of the page.

    Raises:
        StudyError: A file of the study is damaged, or the folder cannot be written.
    """
    page, folder = (place or study.path) / REPORT, (place or study.path) / FIGURES
    check_writable(page.parent, remedy="give another folder with --output")
    if place is None:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with InterpretationProcess(study) as process:  # runs while the rest is made
        findings = gather_findings(study)
        on_search = search_sections(findings, importances(findings))
        on_search = _with_pngs(on_search, folder)
        on_champion = champion_sections(findings, process.result())
    on_champion = _with_pngs(on_champion, folder)
    if findings.architecture is not None:
        write_text(folder / NETWORK, draw_network(findings.architecture), durable=False)
    rest = [provenance.data_section(findings), provenance.again(findings)]
    write_text(page, render(make_page(findings, [*on_champion, *on_search, *rest])))
    return page


def make_page(findings: Findings, sections: Iterable[PageSection]) -> Page:
    """Compose the page: the result, then the sections."""
    summary, settings = findings.summary, findings.settings
    began = f", begun {formatting.moment(findings.started)}" if findings.records else ""
    return Page(
        title=findings.study.name,
        subtitle=f"cnnsearch: space {findings.study.space.name} on {summary.name}, "
        f"{summary.task.described}, sampler {settings.sampler}{began}",
        lead=answer.lead(findings),
        tiles=answer.tiles(findings),
        command=answer.predict_command(findings),
        sections=tuple(sections),
        footer=f"Written {formatting.moment(time.time())} by cnnsearch {__version__} from the records "
        f"in {findings.study.path}. This page makes no network requests.",
    )


def log_to_mlflow(study: Study) -> None:
    """Log the report and its figures to the study's run in MLflow, replacing older ones.

    Raises:
        SearchError: The tracking server cannot be reached, or rejects the request.
    """
    environment = environment_for(study.settings.tracking_uri)
    try:
        Call("cnnsearch.tracking.report:log_report", study, NO_ANSWER, environment=environment).result()
    except CnnsearchError as error:
        raise SearchError(f"the report of {study.name} could not be logged to MLflow: {error}") from None


def _with_pngs(sections: Iterable[PageSection], folder: Path) -> list[PageSection]:
    """Write the PNGs of sections' figures, and return the sections with captions that complete them."""
    return [
        replace(section, parts=tuple(_with_png(part, folder) for part in section.parts))
        for section in sections
    ]


def _with_png(part: Part, folder: Path) -> Part:
    if not isinstance(part, Plot) or all(chart.parallel for chart in part.figure.charts):
        return part
    figure = part.figure
    write_png(figure, folder)
    names = ", ".join(f"{number} {name}" for name, number in numbered(figure).items())
    if not names:
        return part
    note = f" In {FIGURES}/{figure.name}.png, numbers replace what no installed font can draw: {names}."
    return Plot(replace(figure, caption=figure.caption + note))
