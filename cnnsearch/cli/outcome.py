"""What a search says when it ends."""

import shlex
import sys
from collections.abc import Sequence
from typing import Any

import typer

from cnnsearch.api import StudyResult
from cnnsearch.bundle.metrics import FinalistMetrics, Metrics, Score, Spread
from cnnsearch.cli.importing import INTERRUPTED
from cnnsearch.cli.options import print_table
from cnnsearch.search.choice import ranked
from cnnsearch.search.log import trial_line
from cnnsearch.study.folder import Study
from cnnsearch.study.objectives import OBJECTIVES, value_of
from cnnsearch.study.records import TrialRecord
from cnnsearch.tasks.classification.metrics import ACCURACY


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
    print_finalists(metrics.finalists)
    typer.echo(f"\n{typer.style('Best network', bold=True)}   {trial_line(champion)}")
    typer.echo(f"  picked         {metrics.rule}")
    typer.echo(f"  weights        {champion.trial.counts['weights']:,}")
    typer.echo(f"  validation     {_value(metrics.validation[ACCURACY.name])} accuracy")
    typer.echo(f"  test           {_value(metrics.test[ACCURACY.name])} accuracy ({_reading(metrics)})")
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


def _value(score: Score) -> str:
    return ACCURACY.format(score.value)


def _reading(metrics: Metrics) -> str:
    readings = metrics.test_readings
    times = "read once" if readings == 1 else f"read {readings} times"
    return f"{metrics.test_examples} examples, {times}"


def print_finalists(finalists: Sequence[FinalistMetrics]) -> None:
    """Prints what the finalists have come to, as metrics.json has it."""
    from rich.table import Table

    table = Table(title="Finalists", header_style="bold")
    for column in ("trial", "searched", "trained again (n)", "test (95%)", "weights", "latency"):
        table.add_column(column, justify="right")
    for finalist in finalists:
        searched = finalist.searched.get(ACCURACY.name)
        table.add_row(
            str(finalist.trial),
            _value(searched) if searched else "-",
            over_seeds(finalist.over_seeds(ACCURACY.name)),
            _with_interval(finalist.test[ACCURACY.name]),
            f"{finalist.num_weights:,}",
            f"{1000 * finalist.latency.median:.3g} ms",
        )
    print_table(table)


def over_seeds(spread: Spread | None) -> str:
    """Return the accuracy over several seeds, as mean ± standard deviation (n)."""
    if spread is None:
        return "-"
    deviation = "" if spread.std is None else f" ± {ACCURACY.format(spread.std)}"
    return f"{ACCURACY.format(spread.mean)}{deviation} ({spread.n})"


def _with_interval(score: Score) -> str:
    if score.interval is None:
        return _value(score)
    low, high = (ACCURACY.format(end) for end in score.interval)
    return f"{_value(score)} ({low} to {high})"


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
        values = ((OBJECTIVES[name], value_of(record, name)) for name in objectives)
        told = ("-" if value is None else metric.format(value) for metric, value in values)
        table.add_row(str(record.number), *told)
    print_table(table)


def runs_option(result: StudyResult) -> str:
    """`--runs DIR`, where it is not the default."""
    runs = result.study.runs
    return "" if runs == (runs.cwd() / "runs") else f" --runs {shlex.quote(str(runs))}"
