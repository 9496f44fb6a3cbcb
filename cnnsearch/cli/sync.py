"""`cnnsearch sync`: write a study to MLflow and study.db."""

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName


def run(study: StudyName, runs: Runs = DEFAULT_RUNS) -> None:
    """Update MLflow and study.db, for example after the tracking server was down during a search."""
    from cnnsearch.search.mirror import sync
    from cnnsearch.study.folder import find_study

    found = find_study(study, runs)
    sync(found)
    typer.echo(f"{found.name}: MLflow and study.db are up to date")
