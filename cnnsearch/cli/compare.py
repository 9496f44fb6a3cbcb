"""`cnnsearch compare`: compare studies of the same data."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs, check_file


def run(
    studies: Annotated[
        list[str],
        typer.Argument(metavar="STUDY", help="Names of studies in --runs, or paths of their folders."),
    ],
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Also write an HTML page with the progress of each.", metavar="FILE"),
    ] = None,
    as_json: Json = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Compare studies of the same data: best result, time to reach it, cost."""
    from rich.table import Table

    from cnnsearch.cli.options import print_table
    from cnnsearch.report.compare import compare
    from cnnsearch.report.comparison_page import COLUMNS, note, row_cells, write_comparison
    from cnnsearch.study.folder import find_study

    check_file(html, "--html")
    comparison = compare([find_study(name, runs) for name in studies])
    if html is not None:
        write_comparison(comparison, html)
    if as_json:
        print(json.dumps(comparison.as_dict()))
        return
    table = Table(title=f"Studies on {comparison.dataset}", header_style="bold")
    for place, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if place < 3 else "right")
    for row in comparison.rows:
        table.add_row(*row_cells(row, comparison))
    print_table(table)
    typer.echo(note(comparison))
    if html is not None:
        typer.echo(f"page: {html}")
