"""`cnnsearch predict`: what a bundle says of pictures."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs
from cnnsearch.files import write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnsearch.predict.request import PredictRequest, Row


def run(
    bundle: Annotated[
        str,
        typer.Argument(
            metavar="BUNDLE", help="A bundle's folder, a study's name or path, or models:/NAME@champion."
        ),
    ],
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Pictures, folders, .npz files, CSV files with a column path."
        ),
    ],
    top: Annotated[int, typer.Option(help="How many labels to give for each.", metavar="K", min=1)] = 1,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the answers to a CSV file.", metavar="FILE")
    ] = None,
    as_json: Json = False,
    tracking_uri: Annotated[
        str, typer.Option("--tracking-uri", help="MLflow's server, for models:/; default RUNS/mlflow.db.")
    ] = "",
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Predict the labels of pictures, or of arrays.

    Pictures of any size are brought to the network's, as before training; arrays of another shape are
    refused. A picture that cannot be read is a row with its reason. Exits 1 where nothing could be predicted.
    """
    from cnnsearch.errors import InputError
    from cnnsearch.predict.start import request_for

    if csv_file is not None and not csv_file.parent.is_dir():
        raise InputError(f"--csv {csv_file}: there is no folder {csv_file.parent}")
    rows = _predicted(request_for(bundle, paths, runs=runs, tracking_uri=tracking_uri, top=top))
    if csv_file is not None:
        _write_csv(csv_file, rows, top)
    if as_json:
        print(json.dumps([_plain(row) for row in rows]))
    elif csv_file is None:
        _print_table(rows, top)
    failed = sum(not row.top for row in rows)
    if failed:
        typer.echo(f"{failed} of {len(rows)} could not be predicted", err=True)
    if failed == len(rows):
        sys.exit(1)


def _predicted(request: "PredictRequest") -> "list[Row]":
    from cnnsearch.predict.request import Begun
    from cnnsearch.predict.start import predict

    rows: list[Row] = []
    with _progress() as advance:
        for told in predict(request):
            if isinstance(told, Begun):
                advance(0, told.total)
                for note in told.notes:
                    typer.echo(f"note: {note}", err=True)
            else:
                rows += told.rows
                advance(len(told.rows), None)
    return rows


@contextmanager
def _progress() -> "Iterator[Callable[[int, int | None], None]]":
    """A progress bar where a person watches; it takes how many more are done, and how many there are."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("predicting", total=None)
        yield lambda done, total: bar.update(task, advance=done, total=total or bar.tasks[0].total)


def _plain(row: "Row") -> dict[str, Any]:
    """A row as scripts read it; the first label stands by itself too."""
    first = row.top[0].model_dump() if row.top else {"label": None, "probability": None}
    return {"path": row.path, **first, "top": [guess.model_dump() for guess in row.top], "reason": row.reason}


def _columns(top: int) -> list[str]:
    numbers = ["", *(str(number) for number in range(2, top + 1))]
    return [f"{name}{number}" for number in numbers for name in ("label", "probability")]


def _cells(row: "Row", top: int) -> list[str]:
    cells = [text for guess in row.top for text in (guess.label, f"{guess.probability:.6f}")]
    return [row.path, *cells, *[""] * (2 * top - len(cells)), row.reason]


def _write_csv(path: Path, rows: "list[Row]", top: int) -> None:
    content = StringIO()
    table = csv.writer(content)
    table.writerow(["path", *_columns(top), "reason"])
    table.writerows(_cells(row, top) for row in rows)
    write_text(path, content.getvalue(), durable=False)
    typer.echo(f"{len(rows)} rows in {path}", err=True)


def _print_table(rows: "list[Row]", top: int) -> None:
    from rich.markup import escape
    from rich.table import Table

    from cnnsearch.cli.options import print_table

    has_reasons = any(row.reason for row in rows)
    table = Table(header_style="bold")
    table.add_column("path")
    for name in _columns(top):
        table.add_column(name, justify="left" if name.startswith("label") else "right")
    if has_reasons:
        table.add_column("reason")
    for row in rows:
        cells = _cells(row, top)
        table.add_row(*map(escape, cells if has_reasons else cells[:-1]))
    print_table(table)
