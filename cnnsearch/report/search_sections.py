"""Findings -> the sections on the search: progress, parameters, learning curves, Pareto front, failures.

A section without content gives the reason in one line, or is omitted.
"""

from collections.abc import Iterable, Mapping

from cnnsearch.page import formatting
from cnnsearch.page.charts import Figure
from cnnsearch.page.parts import PageSection, Part, Plot, Table, Text
from cnnsearch.report import objectives, parameters, progress
from cnnsearch.report.answer import STATE_WORDS
from cnnsearch.report.findings import Findings
from cnnsearch.study.records import TrialRecord, TrialState

MOST_TRIALS, MOST_REASONS, MOST_NUMBERS = 10, 20, 8


def search_sections(findings: Findings, shares: Mapping[str, float]) -> list[PageSection]:
    """Return the sections on the search that have content.

    Args:
        findings: The study.
        shares: The importances of the parameters.
    """
    sections = (
        search_progress(findings),
        what_mattered(findings, shares),
        curves(findings),
        trade_off(findings),
        not_trained(findings),
    )
    return [section for section in sections if section is not None]


def plots(*figures: Figure | None) -> list[Part]:
    """Return the figures that are not None as parts."""
    return [Plot(figure) for figure in figures if figure is not None]


def search_progress(findings: Findings) -> PageSection:
    """Return the progress of the search and its best trials."""
    parts = plots(progress.history(findings))
    if not parts:
        return PageSection("search", "The search", (Text("No trial has been trained yet."),))
    return PageSection("search", "The search", (*parts, _best_trials(findings)))


def _best_trials(findings: Findings) -> Table:
    names = findings.settings.objectives
    rows = []
    for record in findings.ranking[:MOST_TRIALS]:
        seconds = record.result.ended - record.trial.started if record.result else 0.0
        rows.append(
            (
                str(record.number),
                objectives.shown(names[0], record.value),
                f"{record.length:,}",
                formatting.short(record.trial.counts.get("weights", 0)),
                formatting.short(record.trial.counts.get("macs", 0)),
                formatting.duration(seconds),
                record.trial.baseline or "–",
            )
        )
    length = "examples" if findings.settings.is_planned else "epochs"
    columns = ("trial", objectives.title(names[0]), length, "weights", "MACs", "time", "baseline")
    marked = next((n for n, r in enumerate(findings.ranking[:MOST_TRIALS]) if r is findings.champion), None)
    return Table(columns, rows, "The best trials, with their values in the search.", marked=marked)


def what_mattered(findings: Findings, shares: Mapping[str, float]) -> PageSection | None:
    """Return the importances of the parameters, parallel coordinates and slices."""
    figures = plots(
        parameters.importance_figure(findings, shares),
        parameters.parallel(findings, shares),
        parameters.slices(findings, shares),
    )
    if not findings.trained:
        return None
    if not shares:
        note = (
            "Importances need at least five trials trained to the end with different values; there are fewer."
        )
        figures = [Text(note), *figures]
    return PageSection("parameters", "Parameters", tuple(figures))


def curves(findings: Findings) -> PageSection | None:
    """Return the learning curves of the trials."""
    parts = plots(progress.learning_curves(findings))
    return PageSection("curves", "Learning curves", tuple(parts)) if parts else None


def trade_off(findings: Findings) -> PageSection | None:
    """Return the Pareto front, if there are several objectives."""
    parts = plots(progress.pareto(findings))
    if not parts:
        return None
    return PageSection("front", "Pareto front", tuple(parts))


def not_trained(findings: Findings) -> PageSection | None:
    """Return the infeasible and failed trials by reason."""
    chosen = [r for r in findings.records if r.state in (TrialState.INFEASIBLE, TrialState.FAILED)]
    if not chosen:
        return None
    rows = [
        (STATE_WORDS[state], reason, str(len(numbers)), _numbers(numbers))
        for (state, reason), numbers in _by_reason(chosen)
    ]
    shown = rows[:MOST_REASONS]
    rest = f" {len(rows) - len(shown)} further reasons are omitted." if len(rows) > len(shown) else ""
    table = Table(
        ("state", "reason", "trials", "numbers"),
        shown,
        "Infeasible networks are detected by arithmetic before training and do not count against the budget."
        + rest,
    )
    return PageSection("not-trained", "Infeasible and failed", (table,))


def _by_reason(records: Iterable[TrialRecord]) -> list[tuple[tuple[TrialState, str], list[int]]]:
    grouped: dict[tuple[TrialState, str], list[int]] = {}
    for record in records:
        assert record.result is not None
        limit = record.result.limit or record.reason.splitlines()[0] if record.reason else "no reason given"
        grouped.setdefault((record.state, limit), []).append(record.number)
    return sorted(grouped.items(), key=lambda item: -len(item[1]))


def _numbers(numbers: list[int]) -> str:
    few = ", ".join(map(str, numbers[:MOST_NUMBERS]))
    return few if len(numbers) <= MOST_NUMBERS else f"{few} …"
