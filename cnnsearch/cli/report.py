"""`cnnsearch report`: write the report of a study."""

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName


def run(study: StudyName, runs: Runs = DEFAULT_RUNS) -> None:
    """Write the report of a study to report.html, and its figures as PNG files.

    The page needs no network. It can be written at any time, also during a search, and is logged to MLflow.
    """
    from cnnsearch.report import write_report
    from cnnsearch.study.folder import find_study

    page = write_report(find_study(study, runs))
    typer.echo(f"report    {page}")
    typer.echo(f"figures   {page.parent / 'figures'}")
