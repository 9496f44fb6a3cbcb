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

from cnnsearch.cli.options import (
    DEFAULT_RUNS,
    DataRoot,
    FollowLinks,
    Json,
    Quiet,
    Runs,
    Verbose,
    check_file,
    check_folder,
    column_names,
)
from cnnsearch.errors import SettingsError
from cnnsearch.files import is_writable, write_text
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
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            help="Names of a manifest's columns as in `search`; only that of the path is read.",
            metavar="path=NAME",
        ),
    ] = None,
    data_root: DataRoot = None,
    follow_links: FollowLinks = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the predictions to a CSV file.", metavar="FILE")
    ] = None,
    masks: Annotated[
        Path | None,
        typer.Option(help="Write predicted masks to a folder (segmentation, instances).", metavar="DIR"),
    ] = None,
    coco: Annotated[
        Path | None,
        typer.Option(
            help="Write predicted objects to a JSON file in COCO's format (detection, keypoints, instances).",
            metavar="FILE",
        ),
    ] = None,
    overlays: Annotated[
        Path | None,
        typer.Option(
            help="Write the images with what is predicted drawn on them to a folder.", metavar="DIR"
        ),
    ] = None,
    as_json: Json = False,
    tracking_uri: Annotated[
        str,
        typer.Option(
            "--tracking-uri",
            help="MLflow server, for models:/.",
            metavar="URL",
            show_default="MLFLOW_TRACKING_URI, else RUNS/mlflow.db",
        ),
    ] = "",
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Predict the labels of images or arrays.

    Images of any size are scaled to the network's input as in training; arrays must have the input's shape.
    An image that cannot be read gets a row with the reason. Exits with 1 if nothing could be predicted.
    Masks, COCO files and overlays are in pixels of the images as given, not of the network's input.
    """
    from cnnsearch.predict.start import request_for

    check_file(csv_file, "--csv")
    _check_outputs(masks, coco, overlays)
    options = {
        "top": top,
        "columns": column_names(columns) if columns else {},
        "data_root": data_root,
        "follow_links": bool(follow_links),
        "masks": masks,
        "coco": coco,
        "overlays": overlays,
    }
    rows = _predicted(request_for(bundle, paths, runs=runs, tracking_uri=tracking_uri, **options))
    if csv_file is not None:
        _write_csv(csv_file, rows)
    if as_json:
        print(json.dumps([_plain(row, _columns(rows)) for row in rows]))
    elif csv_file is None:
        _print_table(rows)
    failed = sum(bool(row.reason) for row in rows)
    for path, what in ((masks, "masks"), (coco, "objects"), (overlays, "overlays")):
        if path is not None:
            typer.echo(f"{what} of {len(rows) - failed} examples in {path}", err=True)
    if failed:
        typer.echo(f"{failed} of {len(rows)} examples could not be predicted", err=True)
    if failed == len(rows):
        sys.exit(1)


def _check_outputs(masks: Path | None, coco: Path | None, overlays: Path | None) -> None:
    """Check that the files can be written.

    Raises:
        SettingsError: They cannot, or masks and overlays would have the same names.
    """
    for folder, option in ((masks, "--masks"), (overlays, "--overlays")):
        for place in () if folder is None else (folder, *folder.absolute().parents):
            check_folder(place, option)
        if folder is not None and not is_writable(folder):
            raise SettingsError(f"{option}: found {folder}; expected a folder that can be written")
    check_file(coco, "--coco")
    if coco is not None and coco.is_dir():
        raise SettingsError(f"--coco: found the folder {coco}; expected a file")
    if masks is not None and overlays is not None and masks.resolve() == overlays.resolve():
        raise SettingsError(f"--overlays: found {overlays}; expected another folder than that of --masks")


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


def _columns(rows: "list[Prediction]") -> list[str]:
    """Return the names of the columns of predictions; empty where nothing was predicted."""
    return list(next((row.values for row in rows if row.values), {}))


def _plain(row: "Prediction", columns: list[str]) -> dict[str, Any]:
    """Return a row as plain values; null for the predictions of an example that was not predicted."""
    return {"path": row.path, **dict.fromkeys(columns), **row.values, "reason": row.reason}


def _cells(row: "Prediction", columns: list[str]) -> list[str]:
    values = (row.values.get(name, "") for name in columns)
    return [row.path, *(_number(v) if isinstance(v, float) else str(v) for v in values), row.reason]


def _number(value: float) -> str:
    """Return a probability, which has six decimals, or a number of any size with seven digits."""
    return f"{value:.6f}" if 0 <= value <= 1 and round(value, 6) == value else f"{value:.7g}"


def _write_csv(path: Path, rows: "list[Prediction]") -> None:
    content, columns = StringIO(), _columns(rows)
    table = csv.writer(content)
    table.writerow(["path", *columns, "reason"])
    table.writerows(_cells(row, columns) for row in rows)
    write_text(path, content.getvalue(), durable=False)
    typer.echo(f"{len(rows)} rows in {path}", err=True)


def _print_table(rows: "list[Prediction]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from cnnsearch.cli.options import print_table

    columns, has_reasons = _columns(rows), any(row.reason for row in rows)
    numeric = {name for row in rows for name, value in row.values.items() if not isinstance(value, str)}
    table = Table(header_style="bold")
    table.add_column("path")
    for name in columns:
        table.add_column(escape(name), justify="right" if name in numeric else "left")
    if has_reasons:
        table.add_column("reason")
    for row in rows:
        cells = _cells(row, columns)
        table.add_row(*map(escape, cells if has_reasons else cells[:-1]))
    print_table(table)
