"""What a search says when it ends."""

import shlex
import sys

import typer

from cnnsearch.search.api import StudyResult
from cnnsearch.search.log import trial_line
from cnnsearch.search.records import best_first

INTERRUPTED = 130


def conclude(result: StudyResult) -> None:
    """Prints the best network and where it is, or how to go on; exits 130 after Ctrl-C, 1 without a best."""
    study = result.study
    if not result.is_finished:
        again = f"cnnsearch resume {study.name}{runs_option(result)}"
        typer.echo(f"Interrupted; nothing is lost. Go on: {again}")
        sys.exit(INTERRUPTED)
    if not best_first(study.records(), study.settings.direction):
        typer.echo(f"No trial was trained to its end; see {study.log}")
        sys.exit(1)
    best, metrics = result.best, result.metrics
    tested = f"{metrics['test_accuracy']:.4f} accuracy ({metrics['test_examples']} examples)"
    typer.echo(f"\n{typer.style('Best network', bold=True)}   {trial_line(best)}")
    typer.echo(f"  weights        {best.trial.counts['weights']:,}")
    typer.echo(f"  validation     {metrics['validation_accuracy']:.4f} accuracy")
    typer.echo(f"  test           {tested}")
    typer.echo(f"  bundle         {study.best}")
    typer.echo(f"  compare runs   cnnsearch ui{runs_option(result)}")


def runs_option(result: StudyResult) -> str:
    """`--runs DIR`, where it is not the default."""
    runs = result.study.runs
    return "" if runs == (runs.cwd() / "runs") else f" --runs {shlex.quote(str(runs))}"
