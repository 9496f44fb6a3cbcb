"""`cnnsearch sync`: write a study to MLflow and study.db."""

from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName


def run(
    study: StudyName,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Delete the study's runs first, and write all of them anew.")
    ] = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Update MLflow and study.db, for example after the tracking server was down during a search."""
    from cnnsearch.search.mirror import sync
    from cnnsearch.study.folder import find_study

    found = find_study(study, runs)
    sync(found, is_anew=rebuild)
    typer.echo(f"{found.name}: MLflow and study.db are {'written anew' if rebuild else 'up to date'}")
