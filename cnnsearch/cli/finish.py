"""`cnnsearch finish`: makes a study's bundle again."""

from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, MaxLatency, NoReport, Runs, StudyName, latency


def run(
    study: StudyName,
    finalists: Annotated[
        int | None,
        typer.Option(help="Trials that are trained again; 0: the best trial is the champion.", metavar="N"),
    ] = None,
    final_seeds: Annotated[
        int | None, typer.Option("--final-seeds", help="How often each of them is trained.", metavar="N")
    ] = None,
    pick: Annotated[
        str | None,
        typer.Option(
            help="The champion: the best finalist, or the smallest or the fastest within one standard error.",
            metavar="best|smallest|fastest",
        ),
    ] = None,
    max_latency: MaxLatency = None,
    refit: Annotated[
        bool | None,
        typer.Option("--refit", help="Train the champion once more, on train and validation."),
    ] = None,
    no_report: NoReport = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Make a study's bundle again: train the best trials anew over several seeds, choose, and test.

    Numbers that are given are kept, whatever they cost; else a quarter of the search's time bounds it.
    """
    from cnnsearch.cli.outcome import conclude
    from cnnsearch.search.api import finish

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
