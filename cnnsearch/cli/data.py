"""`cnnsearch data`: commands about data; so far `check`, which looks a dataset through before a search."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.cli.options import WIDE, Json, column_names
from cnnsearch.errors import SettingsError

if TYPE_CHECKING:
    from cnnsearch.data.check import Report

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def data() -> None:
    """Look at data before a search."""


@app.command()
def check(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="What `search --data` takes: a folder, a CSV, .npz, digits.")
    ],
    html: Annotated[
        Path | None, typer.Option(help="Write a contact sheet: one HTML page.", metavar="FILE")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="The manifest's own names: path=file,label=class.", metavar="NAME=COLUMN,..."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Look a dataset through before a search: unreadable files, duplicates across splits, doubtful labels,
    imbalance. Exit 1 where there are errors."""
    from cnnsearch.cli.progress import progress
    from cnnsearch.data.check import check_data, write_page

    if html and not html.absolute().parent.is_dir():
        raise SettingsError(f"--html: found {html}; expected a file in a folder that exists")
    names = column_names(columns) if columns else {}
    with progress("looking at examples") as tell:
        checked = check_data(data, columns=names, tell=tell)
    if html:
        write_page(checked, html)
    if as_json:
        print(checked.report.model_dump_json(indent=2))
    else:
        _print(checked.report, html)
    raise typer.Exit(1 if checked.report.worst == "error" else 0)


def _print(report: "Report", html: Path | None) -> None:
    from rich.console import Console

    from cnnsearch.data.check.table import print_report

    print_report(report, Console(width=None if sys.stdout.isatty() else WIDE, highlight=False))
    if html:
        print(f"contact sheet: {html}")
