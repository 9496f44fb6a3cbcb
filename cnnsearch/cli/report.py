"""`cnnsearch report`: write the report of a study."""

from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName, check_folder


def run(
    study: StudyName,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the page and the figures, which are then not logged to MLflow.",
            metavar="DIR",
            show_default="STUDY",
        ),
    ] = None,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Write the report of a study to report.html, and its figures as PNG files.

    The page needs no network. It can be written at any time, also during a search, and is logged to MLflow.
    """
    from cnnsearch.report import write_report
    from cnnsearch.study.folder import find_study

    check_folder(output, "--output")
    page = write_report(find_study(study, runs), output.resolve() if output else None)
    typer.echo(f"report    {page}")
    typer.echo(f"figures   {page.parent / 'figures'}")
