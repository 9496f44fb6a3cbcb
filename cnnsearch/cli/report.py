"""`cnnsearch report`: a study as a page."""

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName


def run(study: StudyName, runs: Runs = DEFAULT_RUNS) -> None:
    """Write a study's report: one page, runs/STUDY/report.html, and its figures as pictures.

    It needs no network, and can be written at any time, also while the search goes on. MLflow has it too.
    """
    from cnnsearch.report import write_report
    from cnnsearch.study.folder import find_study

    page = write_report(find_study(study, runs))
    typer.echo(f"report    {page}")
    typer.echo(f"figures   {page.parent / 'figures'}")
