"""`cnnsearch trials`: list the trials of a study."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs, StudyName
from cnnsearch.durations import duration

if TYPE_CHECKING:
    from cnnsearch.bundle.metrics import Latency as Measured
    from cnnsearch.study.records import TrialRecord
    from cnnsearch.study.settings import Settings

MOST_MEASURED = 10
Latency = Annotated[
    bool,
    typer.Option(
        "--latency",
        help=f"Measure the latency of the {MOST_MEASURED} best trials, or of the Pareto front, on this "
        "machine: median and 95th percentile.",
    ),
]


def run(study: StudyName, latency: Latency = False, as_json: Json = False, runs: Runs = DEFAULT_RUNS) -> None:
    """List the trials of a study: state, value, length, weights, MACs, parameters with --json."""
    from cnnsearch.api import row
    from cnnsearch.cli.options import print_table
    from cnnsearch.finish.latencies import latencies_of
    from cnnsearch.study.folder import find_study

    found = find_study(study, runs)
    records = found.records()
    chosen = measured(records, found.settings) if latency else []
    latencies = latencies_of(found, chosen) if chosen else {}
    if as_json:
        rows = [row(record) for record in records]
        figures = {number: measured.model_dump() for number, measured in latencies.items()}
        print(json.dumps([{**r, "latency": figures.get(r["number"])} if latency else r for r in rows]))
        return
    print_table(table(records, found.settings, latencies))
    for machine in {measured.machine for measured in latencies.values()}:
        typer.echo(f"latency at batch size 1 on {machine}")


def measured(records: Iterable["TrialRecord"], settings: "Settings") -> list[int]:
    """Return the numbers of the trials to measure: those of the Pareto front, or the best ones."""
    from cnnsearch.study.objectives import front
    from cnnsearch.study.records import best_first

    candidates = (
        front(records, settings.objectives)
        if settings.more_objectives
        else best_first(records, settings.direction)
    )
    return [record.number for record in candidates[:MOST_MEASURED]]


def table(records: Iterable["TrialRecord"], settings: "Settings", latencies: "dict[int, Measured]") -> Any:
    """Return the trials as a table, with two more columns if latencies were measured."""
    from rich.table import Table

    length = "examples" if settings.is_planned else "epochs"
    columns = ["trial", "state", settings.objective, length, "seconds", "weights", "MACs"]
    columns += ["latency", "95%"] if latencies else []
    shown = Table(header_style="bold")
    for column in columns:
        shown.add_column(column, justify="left" if column == "state" else "right")
    shown.add_column("reason")
    for record in records:
        times = latency_cells(latencies.get(record.number)) if latencies else []
        shown.add_row(*cells(record), *times, record.reason)
    return shown


def cells(record: "TrialRecord") -> list[str]:
    """Return the cells of a trial."""
    from cnnsearch.search.live import brief_count
    from cnnsearch.study.objectives import brief_value

    counts = record.trial.counts
    return [
        str(record.number),
        record.state.value,
        "" if record.value is None else brief_value(record.value),
        f"{record.length:,}",
        f"{record.result.ended - record.trial.started:.1f}" if record.result else "",
        f"{counts['weights']:,}" if counts else "",
        brief_count(counts["macs"]) if counts else "",
    ]


def latency_cells(latency: "Measured | None") -> list[str]:
    """Return the cells of the median and the 95th percentile."""
    return [duration(latency.median), duration(latency.p95)] if latency else ["", ""]
