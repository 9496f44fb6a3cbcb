"""What `search`, `resume` and `finish` print at their end."""

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import typer

from cnnsearch.api import StudyResult
from cnnsearch.bundle.metrics import FinalistMetrics, Metrics
from cnnsearch.cli.importing import INTERRUPTED
from cnnsearch.cli.options import print_table
from cnnsearch.durations import duration
from cnnsearch.search.choice import ranked
from cnnsearch.study.folder import Study
from cnnsearch.study.log import trial_line
from cnnsearch.study.objectives import OBJECTIVES, value_of
from cnnsearch.study.records import TrialRecord
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.scores import Score, Spread


def conclude(result: StudyResult, *, is_reported: bool = True) -> None:
    """Print the champion and its bundle. Exit with 130 after Ctrl-C, with 1 if no trial is complete.

    Args:
        result: The result of the search.
        is_reported: Whether to write the study's report too.
    """
    study = result.study
    if not result.is_finished:
        again = f"cnnsearch resume {study.name}{runs_option(result)}"
        typer.echo(f"Interrupted; all results are saved. Continue with: {again}")
        sys.exit(INTERRUPTED)
    if not ranked(study, study.records()):
        typer.echo(f"No trial is complete; see {study.log}")
        sys.exit(1)
    champion, metrics = result.champion, result.metrics
    main = metrics.main
    print_finalists(metrics.finalists, metrics.main)
    typer.echo(f"\n{typer.style('Best network', bold=True)}   {trial_line(champion)}")
    typer.echo(f"  picked         {metrics.rule}")
    typer.echo(f"  weights        {champion.trial.counts['weights']:,}")
    typer.echo(f"  validation     {main.format(metrics.validation[main.name].value)} {main.title}")
    typer.echo(
        f"  test           {main.format(metrics.test[main.name].value)} {main.title} ({_reading(metrics)})"
    )
    typer.echo(f"  bundle         {study.best}")
    typer.echo(f"  compare runs   cnnsearch ui {shlex.quote(study.name)}{runs_option(result)}")
    if study.settings.more_objectives:
        print_front(result.front, study.settings.objectives)
    if is_reported:
        _report(study)


def _report(study: Study) -> None:
    """Write the report. An error there is only a warning: the search itself is done."""
    from cnnsearch.report import write_report

    try:
        typer.echo(f"  report         {write_report(study)}")
    except Exception as error:
        again = f"to write it again: cnnsearch report {study.name}"
        typer.echo(f"warning: the report is incomplete ({again}): {error}", err=True)


def _reading(metrics: Metrics) -> str:
    readings = metrics.test_readings
    times = "read once" if readings == 1 else f"read {readings} times"
    return f"{metrics.test_examples} examples, {times}"


def print_finalists(finalists: Sequence[FinalistMetrics], main: Metric) -> None:
    """Print a table of the finalists in metrics.json."""
    from rich.table import Table

    table = Table(title="Finalists", header_style="bold")
    for column in ("trial", "searched", "retrained (n)", "test (95%)", "weights", "latency"):
        table.add_column(column, justify="right")
    for finalist in finalists:
        searched = finalist.searched.get(main.name)
        table.add_row(
            str(finalist.trial),
            main.format(searched.value) if searched else "-",
            format_spread(finalist.over_seeds(main.name), main),
            _with_interval(finalist.test[main.name], main),
            f"{finalist.num_weights:,}",
            duration(finalist.latency.median),
        )
    print_table(table)


def format_spread(spread: Spread | None, main: Metric) -> str:
    """Return a metric over several seeds, as mean ± standard deviation (n)."""
    if spread is None:
        return "-"
    deviation = "" if spread.std is None else f" ± {main.format(spread.std)}"
    return f"{main.format(spread.mean)}{deviation} ({spread.n})"


def _with_interval(score: Score, main: Metric) -> str:
    if score.interval is None:
        return main.format(score.value)
    return f"{main.format(score.value)} ({main.format_interval(score.interval)})"


def point(record: TrialRecord, objectives: Sequence[str]) -> dict[str, Any]:
    """Return a trial of the Pareto front as plain values."""
    return {"trial": record.number, **{name: value_of(record, name) for name in objectives}}


def print_front(records: Sequence[TrialRecord], objectives: Sequence[str]) -> None:
    """Print the non-dominated trials."""
    from rich.table import Table

    table = Table(title="Pareto front", header_style="bold")
    for column in ("trial", *objectives):
        table.add_column(column, justify="right")
    for record in records:
        values = ((OBJECTIVES[name], value_of(record, name)) for name in objectives)
        told = ("-" if value is None else metric.format(value) for metric, value in values)
        table.add_row(str(record.number), *told)
    print_table(table)


def runs_option(result: StudyResult) -> str:
    """Return ` --runs DIR`, or nothing if it is the default."""
    runs = result.study.runs
    return "" if runs == (runs.cwd() / "runs") else f" --runs {shlex.quote(str(runs))}"
