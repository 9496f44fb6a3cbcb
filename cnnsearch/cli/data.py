"""`cnnsearch data`: commands for datasets; `check` looks for problems before a search."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.cli.options import (
    WIDE,
    Columns,
    DataRoot,
    FollowLinks,
    Json,
    Quiet,
    Verbose,
    check_file,
    column_names,
)

if TYPE_CHECKING:
    from cnnsearch.data.check import Report

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")


@app.callback()
def data() -> None:
    """Check datasets."""


@app.command()
def check(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Dataset: digits, keras:NAME, a .npz file, a folder, or a COCO or CSV file."
        ),
    ],
    html: Annotated[
        Path | None,
        typer.Option(
            help="Also write an HTML page: thumbnails of the findings, and drawn targets.", metavar="FILE"
        ),
    ] = None,
    columns: Columns = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="What the targets are for: classification, tagging, regression, segmentation, detection, "
            "keypoints or instances.",
            metavar="NAME",
            show_default="as the targets define",
        ),
    ] = None,
    data_root: DataRoot = None,
    follow_links: FollowLinks = None,
    as_json: Json = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Check a dataset for unreadable files, duplicates across splits, doubtful labels and imbalance.

    Boxes, keypoints and masks are checked against their images.

    Exits with 1 if there are errors.
    """
    from cnnsearch.cli.progress import progress
    from cnnsearch.data.check import check_data, write_page
    from cnnsearch.data.reach import Reach

    check_file(html, "--html")
    names = column_names(columns) if columns else {}
    with progress("checking examples") as report_progress:
        reach = Reach(data_root, bool(follow_links))
        checked = check_data(data, columns=names, task=task, reach=reach, tell=report_progress)
    if html:
        write_page(checked, html)
    if as_json:
        print(checked.report.model_dump_json(indent=2, ensure_ascii=True))
    else:
        _print(checked.report, html)
    raise typer.Exit(1 if checked.report.worst == "error" else 0)


def _print(report: "Report", html: Path | None) -> None:
    from rich.console import Console

    from cnnsearch.data.check.table import print_report

    print_report(report, Console(width=None if sys.stdout.isatty() else WIDE, highlight=False))
    if html:
        print(f"page: {html}")
