"""A comparison -> one self-contained page, composed like the report."""

from pathlib import Path

from cnnsearch.files import write_text
from cnnsearch.page import formatting
from cnnsearch.page.charts import PALETTE, Axis, Chart, Figure, Marks, PlotValue
from cnnsearch.page.parts import Page, PageSection, Part, Plot, Table, Text, Tile
from cnnsearch.report import objectives
from cnnsearch.report.compare import Comparison, StudyRow
from cnnsearch.report.findings import Findings
from cnnsearch.report.page import render
from cnnsearch.report.progress import best_so_far
from cnnsearch.version import __version__

COLUMNS = (
    "study", "space", "sampler", "best", "time to reach", "trials to reach", "trials", "search time",
    "trial time", "test", "weights", "MACs",
)  # fmt: skip


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write a comparison as a page."""
    write_text(path, render(_page(comparison)))


def row_cells(row: StudyRow, comparison: Comparison) -> tuple[str, ...]:
    """A row of the comparison as texts, in the order of `COLUMNS`."""
    return (
        row.study,
        row.space,
        row.sampler,
        objectives.shown(comparison.objective, row.best),
        formatting.duration(row.to_reach) if row.to_reach is not None else "–",
        str(row.trials_to_reach) if row.trials_to_reach is not None else "–",
        f"{row.trials:,}",
        formatting.duration(3600 * row.hours),
        formatting.duration(row.seconds_a_trial) if row.seconds_a_trial is not None else "–",
        formatting.measured(comparison.main.unit, row.test),
        formatting.short(row.num_weights) if row.num_weights is not None else "–",
        formatting.short(row.macs) if row.macs is not None else "–",
    )


def note(comparison: Comparison) -> str:
    """Describe the columns."""
    threshold = comparison.threshold
    reached = (
        "No value is reached by all, since a study has no trial trained to its end."
        if threshold is None
        else f"To reach: {objectives.shown(comparison.objective, threshold)}, the best of the weakest study."
    )
    seeds = comparison.split_seeds
    splits = (
        f" The splits differ (seeds {', '.join(map(str, seeds))}), so the test examples differ too."
        if len(seeds) > 1
        else ""
    )
    return (
        f"Best: {objectives.title(comparison.objective)}, as searched. Test: {comparison.main.title}. "
        f"{reached} A trial: its mean time.{splits}"
    )


def _page(comparison: Comparison) -> Page:
    best = _leader(comparison)
    rows = [row_cells(row, comparison) for row in comparison.rows]
    marked = comparison.rows.index(best) if best else None
    table = Table(COLUMNS, rows, note(comparison), marked=marked, words=3)
    figure = progress_figure(comparison)
    progress: list[Part] = [Plot(figure)] if figure.charts[0].marks else [Text("No trial was trained yet.")]
    sections = (
        PageSection("studies", "The studies", (table,)),
        PageSection("progress", "Best so far", tuple(progress)),
    )
    count = f"{len(rows)} studies" if len(rows) > 1 else "One study"
    return Page(
        title=f"{count} on {comparison.dataset}",
        subtitle=f"cnnsearch compare; fingerprint of the data {comparison.fingerprint[:16]}",
        lead=_lead(comparison, best),
        tiles=tuple(_tile(row, comparison) for row in comparison.rows),
        command="",
        sections=sections,
        footer=f"Written by cnnsearch {__version__}. This page makes no network requests.",
    )


def _leader(comparison: Comparison) -> StudyRow | None:
    rows = [row for row in comparison.rows if row.best is not None]
    sign = 1.0 if comparison.direction == "maximize" else -1.0
    return max(rows, key=lambda row: sign * (row.best or 0.0), default=None)


def _lead(comparison: Comparison, best: StudyRow | None) -> str:
    if best is None:
        return "No study has a trial that was trained to its end."
    value = objectives.shown(comparison.objective, best.best)
    return (
        f"`{best.study}` has the best {objectives.title(comparison.objective)}, {value}. This is the value "
        "in the search, biased upward as the best of many; test values are those of the champions."
    )


def _tile(row: StudyRow, comparison: Comparison) -> Tile:
    tested = formatting.measured(comparison.main.unit, row.test)
    test = f", test {comparison.main.title} {tested}" if row.test is not None else ""
    note = f"{formatting.plural(row.trials, 'trial')} in {formatting.duration(3600 * row.hours)}{test}"
    return Tile(objectives.shown(comparison.objective, row.best), row.study, note)


def progress_figure(comparison: Comparison) -> Figure:
    """Return the best value so far of each study, against time and against trials."""
    longest = max((f.trained[-1].ended - f.started for f in comparison.findings if f.trained), default=0.0)
    unit, per = ("minutes", 60.0) if longest < 3 * 3600 else ("hours", 3600.0)
    axis = Axis(objectives.title(comparison.objective), percent=objectives.is_share(comparison.objective))
    charts = []
    for title, is_time in ((f"time since the start ({unit})", True), ("trials ended", False)):
        lines = [_steps(f, n, per if is_time else None) for n, f in enumerate(comparison.findings)]
        charts.append(Chart("", Axis(title), axis, tuple(m for m in lines if m.x), height=420))
    return Figure("comparison", tuple(charts), "The best value so far of each study.")


def _steps(findings: Findings, number: int, per: float | None) -> Marks:
    trained = findings.trained
    best = best_so_far(trained, findings.settings.direction)
    x: list[PlotValue] = [
        round((record.ended - findings.started) / per, 4) if per else place
        for place, record in enumerate(trained, start=1)
    ]
    kept = [p for p in range(len(x)) if best[p] is not None and (p + 1 == len(x) or best[p] != best[p - 1])]
    colour = PALETTE[number % len(PALETTE)]
    return Marks("steps", [x[p] for p in kept], [best[p] for p in kept], findings.study.name, colour)
