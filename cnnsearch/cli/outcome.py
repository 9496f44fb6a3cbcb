"""What a search says when it ends."""

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import typer

from cnnsearch.cli.options import print_table
from cnnsearch.search.api import StudyResult, ranked
from cnnsearch.search.log import trial_line
from cnnsearch.search.objectives import value_of
from cnnsearch.search.records import TrialRecord

INTERRUPTED = 130
PICKED = {
    "best": "the best {} (--pick smallest: the smallest network within one standard error of it)",
    "smallest": "the smallest network within one standard error of the best {}",
}


def conclude(result: StudyResult) -> None:
    """Prints the best network and where it is, or how to go on; exits 130 after Ctrl-C, 1 without a best."""
    study = result.study
    if not result.is_finished:
        again = f"cnnsearch resume {study.name}{runs_option(result)}"
        typer.echo(f"Interrupted; nothing is lost. Go on: {again}")
        sys.exit(INTERRUPTED)
    if not ranked(study, study.records()):
        typer.echo(f"No trial was trained to its end; see {study.log}")
        sys.exit(1)
    best, metrics = result.best, result.metrics
    tested = f"{metrics['test_accuracy']:.4f} accuracy ({metrics['test_examples']} examples)"
    typer.echo(f"\n{typer.style('Best network', bold=True)}   {trial_line(best)}")
    typer.echo(f"  picked         {PICKED[study.settings.pick].format(study.settings.objective)}")
    typer.echo(f"  weights        {best.trial.counts['weights']:,}")
    typer.echo(f"  validation     {metrics['validation_accuracy']:.4f} accuracy")
    typer.echo(f"  test           {tested}")
    typer.echo(f"  bundle         {study.best}")
    typer.echo(f"  compare runs   cnnsearch ui{runs_option(result)}")
    if study.settings.more_objectives:
        print_front(result.front, study.settings.objectives)


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
