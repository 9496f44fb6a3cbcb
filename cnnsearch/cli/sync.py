"""`cnnsearch sync`: completes what MLflow and study.db show of a study."""

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName


def run(study: StudyName, runs: Runs = DEFAULT_RUNS) -> None:
    """Bring MLflow and study.db up to date, as after a search whose tracking server was away."""
    from cnnsearch.search.mirror import sync
    from cnnsearch.study.folder import find_study

    found = find_study(study, runs)
    sync(found)
    typer.echo(f"{found.name}: MLflow and study.db are up to date")
