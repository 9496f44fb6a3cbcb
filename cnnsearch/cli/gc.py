"""`cnnsearch gc`: frees what finished studies no longer need."""

from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs


def run(
    study: Annotated[
        str | None, typer.Argument(metavar="[STUDY]", help="A study's name or path; default: all of them.")
    ] = None,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Free what finished studies no longer need: trained weights beside the bundle's, half-written files, and
    copies of data that no study reads any more. Records, logs and bundles stay."""
    from cnnsearch.search.garbage import collect
    from cnnsearch.study.folder import all_studies, find_study

    chosen = [find_study(study, runs)] if study else all_studies(runs)
    freed = collect(runs, chosen)
    for path, size in freed:
        typer.echo(f"{size / 1e6:10.2f} MB  {path}")
    typer.echo(f"{sum(size for _, size in freed) / 1e6:10.2f} MB freed")
