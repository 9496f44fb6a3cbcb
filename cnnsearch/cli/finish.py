"""`cnnsearch finish`: makes a study's bundle again."""

from typing import Annotated

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import (
    DEFAULT_RUNS,
    FINAL_SEEDS,
    PICK,
    REFIT,
    MaxLatency,
    NoReport,
    Runs,
    StudyName,
    latency,
)


def run(
    study: StudyName,
    finalists: Annotated[
        int | None,
        typer.Option(help="Trials that are trained again; 0: the best trial is the champion.", metavar="N"),
    ] = None,
    final_seeds: Annotated[int | None, FINAL_SEEDS] = None,
    pick: Annotated[str | None, PICK] = None,
    max_latency: MaxLatency = None,
    refit: Annotated[bool | None, REFIT] = None,
    no_report: NoReport = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Make a study's bundle again: train the best trials anew over several seeds, choose, and test.

    Numbers that are given are kept, whatever they cost; else a quarter of the search's time bounds it.
    """
    with importing():
        from cnnsearch.api import finish
        from cnnsearch.cli.outcome import conclude

    result = finish(
        study,
        runs=runs,
        finalists=finalists,
        final_seeds=final_seeds,
        pick=pick,
        max_latency=latency(max_latency) if max_latency else None,
        refit=refit,
    )
    conclude(result, is_reported=not no_report)
