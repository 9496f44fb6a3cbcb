"""`cnnsearch gc`: delete files that finished studies no longer need."""

from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs


def run(
    study: Annotated[
        str | None,
        typer.Argument(metavar="[STUDY]", help="Name or path of a study.", show_default="all studies"),
    ] = None,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Delete files that finished studies no longer need.

    These are trained weights other than the bundle's, incomplete files, and stored data that no study uses.
    Records, logs and bundles are kept.
    """
    from cnnsearch.search.garbage import collect
    from cnnsearch.study.folder import all_studies, find_study

    chosen = [find_study(study, runs)] if study else all_studies(runs)
    freed = collect(runs, chosen)
    for path, size in freed:
        typer.echo(f"{size / 1e6:10.2f} MB  {path}")
    typer.echo(f"{sum(size for _, size in freed) / 1e6:10.2f} MB freed")
