"""What a search says when it ends."""

import sys

from rich.console import Console

from cnnsearch.search.api import StudyResult
from cnnsearch.search.log import trial_line
from cnnsearch.search.records import best_first

INTERRUPTED = 130


def conclude(result: StudyResult) -> None:
    """Prints the best network and where it is, or how to go on; exits 130 after Ctrl-C, 1 without a best."""
    console = Console(soft_wrap=True, highlight=False)
    study = result.study
    if not result.is_finished:
        console.print(
            f"Interrupted; nothing is lost. Go on: cnnsearch resume {study.name}{runs_option(result)}"
        )
        sys.exit(INTERRUPTED)
    if not best_first(study.records(), study.settings.direction):
        console.print(f"No trial was trained to its end; see {study.log}")
        sys.exit(1)
    best, metrics = result.best, result.metrics
    console.print(f"\n[bold]Best network[/bold]   {trial_line(best)}", markup=True)
    console.print(f"  weights        {best.trial.counts['weights']:,}")
    console.print(f"  validation     {metrics['validation_accuracy']:.4f} accuracy")
    console.print(
        f"  test           {metrics['test_accuracy']:.4f} accuracy ({metrics['test_examples']} examples)"
    )
    console.print(f"  bundle         {study.best}")
    console.print(f"  compare runs   cnnsearch ui{runs_option(result)}")


def runs_option(result: StudyResult) -> str:
    """`--runs DIR`, where it is not the default."""
    runs = result.study.runs
    return "" if runs.name == "runs" and runs.parent == runs.cwd() else f" --runs {runs}"
