"""What a search says when it ends."""

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import typer

from cnnsearch.api import StudyResult
from cnnsearch.cli.importing import INTERRUPTED
from cnnsearch.cli.options import print_table
from cnnsearch.search.choice import ranked
from cnnsearch.search.log import trial_line
from cnnsearch.study.folder import Study
from cnnsearch.study.objectives import value_of
from cnnsearch.study.records import TrialRecord


def conclude(result: StudyResult, *, is_reported: bool = True) -> None:
    """Prints the best network and where it is, or how to go on; exits 130 after Ctrl-C, 1 without a best.

    Args:
        result: What the search has found.
        is_reported: Whether the study's report is written too.
    """
    study = result.study
    if not result.is_finished:
        again = f"cnnsearch resume {study.name}{runs_option(result)}"
        typer.echo(f"Interrupted; nothing is lost. Go on: {again}")
        sys.exit(INTERRUPTED)
    if not ranked(study, study.records()):
        typer.echo(f"No trial was trained to its end; see {study.log}")
        sys.exit(1)
    champion, metrics = result.champion, result.metrics
    print_finalists(metrics["finalists"])
    typer.echo(f"\n{typer.style('Best network', bold=True)}   {trial_line(champion)}")
    typer.echo(f"  picked         {metrics['champion']['rule']}")
    typer.echo(f"  weights        {champion.trial.counts['weights']:,}")
    typer.echo(f"  validation     {metrics['validation_accuracy']:.4f} accuracy")
    typer.echo(f"  test           {metrics['test_accuracy']:.4f} accuracy ({_reading(metrics)})")
    typer.echo(f"  bundle         {study.best}")
    typer.echo(f"  compare runs   cnnsearch ui{runs_option(result)}")
    if study.settings.more_objectives:
        print_front(result.front, study.settings.objectives)
    if is_reported:
        _report(study)


def _report(study: Study) -> None:
    """Writes the report; whatever goes wrong there, the search has its result."""
    from cnnsearch.report import write_report

    try:
        typer.echo(f"  report         {write_report(study)}")
    except Exception as error:
        again = f"`cnnsearch report {study.name}` writes it again"
        typer.echo(f"warning: the report is not whole ({again}): {error}", err=True)


def _reading(metrics: dict[str, Any]) -> str:
    readings = metrics["test_readings"]
    times = "read once" if readings == 1 else f"read {readings} times"
    return f"{metrics['test_examples']} examples, {times}"


def print_finalists(finalists: Sequence[dict[str, Any]]) -> None:
    """Prints what the finalists have come to, as metrics.json has it."""
    from rich.table import Table

    table = Table(title="Finalists", header_style="bold")
    for column in ("trial", "searched", "trained again (n)", "test (95%)", "weights", "latency"):
        table.add_column(column, justify="right")
    for finalist in finalists:
        searched, test = finalist["searched"]["validation_accuracy"], finalist["test"]
        low, high = test["interval"]
        table.add_row(
            str(finalist["trial"]),
            f"{searched:.4f}",
            format_spread(finalist["retrained"]["validation_accuracy"]),
            f"{test['accuracy']:.4f} ({low:.4f} to {high:.4f})",
            f"{finalist['num_weights']:,}",
            f"{1000 * finalist['latency']['median']:.3g} ms",
        )
    print_table(table)


def format_spread(values: dict[str, Any]) -> str:
    """Several measurements of one thing, as mean ± standard deviation (n)."""
    match values["n"]:
        case 0:
            return "-"
        case 1:
            return f"{values['mean']:.4f} (1)"
        case n:
            return f"{values['mean']:.4f} ± {values['std']:.4f} ({n})"


def point(record: TrialRecord, objectives: Sequence[str]) -> dict[str, Any]:
    """A trial of the front as plain values."""
    return {"trial": record.number, **{name: value_of(record, name) for name in objectives}}


def print_front(records: Sequence[TrialRecord], objectives: Sequence[str]) -> None:
    """Prints the trials than which no other is better in everything."""
    from rich.table import Table

    table = Table(title="Pareto front", header_style="bold")
    for column in ("trial", *objectives):
        table.add_column(column, justify="right")
    for record in records:
        values = (value_of(record, name) for name in objectives)
        told = (f"{value:,}" if isinstance(value, int) else f"{value:.4f}" for value in values)
        table.add_row(str(record.number), *told)
    print_table(table)


def runs_option(result: StudyResult) -> str:
    """`--runs DIR`, where it is not the default."""
    runs = result.study.runs
    return "" if runs == (runs.cwd() / "runs") else f" --runs {shlex.quote(str(runs))}"
