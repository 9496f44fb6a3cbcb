"""`cnnsearch predict`: predict labels with a bundle."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Quiet, Runs, Verbose
from cnnsearch.files import write_text
from cnnsearch.verbosity import LOGGER, is_quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnsearch.predict.request import Prediction, PredictRequest


def run(
    bundle: Annotated[
        str,
        typer.Argument(
            metavar="BUNDLE", help="Folder of a bundle, name or path of a study, or models:/NAME@champion."
        ),
    ],
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Images, folders, .npz files, or CSV files with a column path."),
    ],
    top: Annotated[int, typer.Option(help="Number of labels per example.", metavar="K", min=1)] = 1,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the predictions to a CSV file.", metavar="FILE")
    ] = None,
    as_json: Json = False,
    tracking_uri: Annotated[
        str,
        typer.Option(
            "--tracking-uri",
            help="MLflow server, for models:/.",
            metavar="URL",
            show_default="RUNS/mlflow.db",
        ),
    ] = "",
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Predict the labels of images or arrays.

    Images of any size are scaled to the network's input as in training; arrays must have the input's shape.
    An image that cannot be read gets a row with the reason. Exits with 1 if nothing could be predicted.
    """
    from cnnsearch.errors import InputError
    from cnnsearch.predict.start import request_for

    if csv_file is not None and not csv_file.parent.is_dir():
        raise InputError(f"--csv: found {csv_file}; expected a file in an existing folder")
    rows = _predicted(request_for(bundle, paths, runs=runs, tracking_uri=tracking_uri, top=top))
    if csv_file is not None:
        _write_csv(csv_file, rows, top)
    if as_json:
        print(json.dumps([_plain(row) for row in rows]))
    elif csv_file is None:
        _print_table(rows, top)
    failed = sum(not row.top for row in rows)
    if failed:
        typer.echo(f"{failed} of {len(rows)} examples could not be predicted", err=True)
    if failed == len(rows):
        sys.exit(1)


def _predicted(request: "PredictRequest") -> "list[Prediction]":
    from cnnsearch.predict.request import PredictionStart
    from cnnsearch.predict.start import predict

    rows: list[Prediction] = []
    with _progress() as advance:
        for told in predict(request):
            if isinstance(told, PredictionStart):
                advance(0, told.total)
                for note in told.notes:
                    LOGGER.warning("%s", note)
            else:
                rows += told.rows
                advance(len(told.rows), None)
    return rows


@contextmanager
def _progress() -> "Iterator[Callable[[int, int | None], None]]":
    """Show a progress bar on a terminal. Give a function that takes how many more are done, and the total."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=is_quiet() or not console.is_terminal) as bar:
        task = bar.add_task("predicting", total=None)
        yield lambda done, total: bar.update(task, advance=done, total=total or bar.tasks[0].total)


def _plain(row: "Prediction") -> dict[str, Any]:
    """Return a row as plain values; the first label is also at the top level."""
    first = row.top[0].model_dump() if row.top else {"label": None, "probability": None}
    return {"path": row.path, **first, "top": [guess.model_dump() for guess in row.top], "reason": row.reason}


def _columns(top: int) -> list[str]:
    numbers = ["", *(str(number) for number in range(2, top + 1))]
    return [f"{name}{number}" for number in numbers for name in ("label", "probability")]


def _cells(row: "Prediction", top: int) -> list[str]:
    cells = [text for guess in row.top for text in (guess.label, f"{guess.probability:.6f}")]
    return [row.path, *cells, *[""] * (2 * top - len(cells)), row.reason]


def _write_csv(path: Path, rows: "list[Prediction]", top: int) -> None:
    content = StringIO()
    table = csv.writer(content)
    table.writerow(["path", *_columns(top), "reason"])
    table.writerows(_cells(row, top) for row in rows)
    write_text(path, content.getvalue(), durable=False)
    typer.echo(f"{len(rows)} rows in {path}", err=True)


def _print_table(rows: "list[Prediction]", top: int) -> None:
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
