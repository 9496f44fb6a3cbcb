"""What several commands share: options and arguments, how their values are read, how tables are printed."""

import math
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.verbosity import show_details, show_results_only
from cnnsearch.errors import SettingsError
from cnnsearch.files import is_writable

if TYPE_CHECKING:
    from rich.table import Table

data_option = partial(typer.Option, rich_help_panel="Data")
finish_option = partial(typer.Option, rich_help_panel="Finish")
study_option = partial(typer.Option, rich_help_panel="Study and tracking")
"""Options in the group of the help that they belong to, in every command that has them."""

Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Also print versions, settings, log files, started processes and tracebacks.",
        callback=show_details,
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only results and errors.", callback=show_results_only)
]
Runs = Annotated[Path, study_option("--runs", help="Folder of all studies.", metavar="DIR")]
NoReport = Annotated[bool, study_option("--no-report", help="Do not write report.html.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="Name of a study in --runs, or path of its folder.")
]
SpaceName = Annotated[
    str, typer.Argument(metavar="SPACE", help="Name of a shipped space, or path of a YAML file.")
]
MaybeSpace = Annotated[
    str,
    typer.Argument(
        metavar="SPACE", help="Name of a shipped space, or path of a YAML file.", show_default=False
    ),
]
ImageSize = Annotated[
    str | None,
    data_option(
        "--image-size",
        help="Size that images are scaled to: 64, or 48x64 (height x width).",
        metavar="48x64",
        show_default="median of the training images",
    ),
]
ValueRange = Annotated[
    str | None,
    data_option(
        "--value-range",
        help="Smallest and largest value of the data, as 0:4095.",
        metavar="LOW:HIGH",
        show_default="0:255 for 8-bit images, else that of the training split",
    ),
]
Dims = Annotated[
    int | None,
    data_option(
        "--dims",
        help="Spatial dimensions of arrays: 1 signals, 2 images, 3 volumes.",
        metavar="1|2|3",
        show_default="as the axes suggest",
    ),
]
Channels = Annotated[
    str | None,
    data_option(
        "--channels",
        help="Whether the channels of arrays are the first or the last axis.",
        metavar="first|last",
        show_default="as the axes suggest",
    ),
]
TaskName = Annotated[
    str | None,
    data_option(
        "--task",
        help="What the networks are for, such as classification, regression or detection (docs/tasks.md).",
        metavar="NAME",
        show_default="as the targets define",
    ),
]
Columns = Annotated[
    str | None,
    data_option(
        "--columns",
        help="Column names of the manifest, such as path=file,label=class.",
        metavar="NAME=COLUMN",
    ),
]
DataRoot = Annotated[
    Path | None,
    data_option(
        "--data-root",
        help="Folder that a manifest's paths may also be in, and be relative to.",
        metavar="DIR",
    ),
]
FollowLinks = Annotated[
    bool | None,
    data_option("--follow-links", help="Follow links that lead out of the folder of the data."),
]

Finalists = Annotated[
    int | None,
    finish_option(
        "--finalists",
        help="Top trials to retrain after the search, within a quarter of its time; 0: none.",
        metavar="N",
    ),
]
FinalSeeds = Annotated[
    int | None, finish_option("--final-seeds", help="Random seeds per finalist.", metavar="N")
]
Pick = Annotated[
    str | None,
    finish_option(
        "--pick",
        help="Champion: the best finalist, or the smallest or fastest within one standard error of it.",
        metavar="best|smallest|fastest",
    ),
]
MaxLatency = Annotated[
    str | None,
    finish_option(
        "--max-latency",
        help="Reject finalists with a higher median latency at batch size 1 on this machine.",
        metavar="5ms",
    ),
]
Refit = Annotated[
    bool | None,
    finish_option("--refit", help="Retrain the champion on the train and validation splits together."),
]

DEFAULT_RUNS = Path("runs")
WIDE = 10_000
"""Columns of output that is not a terminal: enough for any table."""
MULTIPLES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}


def seconds(text: str, option: str = "--timeout") -> float:
    """Return the seconds of a duration such as 90, 90s, 10m or 1h30m.

    Raises:
        SettingsError: The text is not a duration above zero.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or total <= 0:
        raise SettingsError(
            f"{option}: found {text}; expected a duration above zero, such as 90s, 10m or 1h30m"
        )
    return total


def latency(text: str) -> float:
    """Return the seconds of a latency such as 5ms or 0.2s.

    Raises:
        SettingsError: The text is not a latency above zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if match is None or float(match[1]) <= 0:
        raise SettingsError(f"--max-latency: found {text}; expected one above zero, such as 5ms or 0.2s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def amount(text: str, option: str) -> int:
    """Return a number such as 5000000, 5M or 1.5G; k, M and G are powers of 1000.

    Raises:
        SettingsError: The text is not a number above zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMG]?)B?", text)
    if match is None or float(match[1]) <= 0:
        raise SettingsError(f"{option}: found {text}; expected a number above zero, such as 500k, 5M or 2G")
    return round(float(match[1]) * MULTIPLES[match[2]])


def image_size(text: str) -> tuple[int, int]:
    """Return the height and width of a size such as 64 or 48x64 (height x width).

    Raises:
        SettingsError: The text is not a size.
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text)
    if match is None or int(match[1]) < 1 or int(match[2] or 1) < 1:
        raise SettingsError(
            f"--image-size: found {text}; expected a size such as 64 or 48x64 (height x width)"
        )
    return int(match[1]), int(match[2] or match[1])


def value_range(text: str) -> tuple[float, float]:
    """Return the ends of a range such as 0:4095.

    Raises:
        SettingsError: The text is not a range of two numbers, the smaller one first.
    """
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise SettingsError(
            f"--value-range: found {text}; expected the smallest and the largest value, such as 0:4095"
        )
    return low, high


def parse_shape(text: str) -> tuple[int, ...]:
    """Return an input shape such as 28x28x1: one to three spatial sizes, then the channels.

    Raises:
        SettingsError: The text is not a shape with one to three spatial dimensions.
    """
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*){1,3}", text):
        raise SettingsError(
            f"--input: found {text}; expected spatial sizes, then channels: 28x28x1, 128x3 or 16x16x16x1"
        )
    return tuple(int(size) for size in text.split("x"))


def assignments(texts: list[str]) -> dict[str, str]:
    """Return `PATH=VALUE` texts as a mapping.

    Raises:
        SettingsError: A text has no `=`.
    """
    for text in texts:
        if "=" not in text:
            raise SettingsError(
                f"--set: found {text}; expected PATH=VALUE, such as architecture.stages.repeat=2"
            )
    return {path: value for path, _, value in (text.partition("=") for text in texts)}


def column_names(text: str) -> dict[str, str]:
    """Return `path=file,label=class` as a mapping; `label=red,white` names several columns.

    Raises:
        SettingsError: The text is not a list of NAME=COLUMN.
    """
    names: dict[str, str] = {}
    last = ""
    for item in text.split(","):
        name, separator, column = (piece.strip() for piece in item.partition("="))
        if not separator and name and last:  # a further column of the last name
            names[last] += f",{name}"
            continue
        if not (name and column):
            raise SettingsError(f"--columns: found {text}; expected names such as path=file,label=class")
        names[name], last = column, name
    return names


def data_settings(
    size: str | None,
    values: str | None,
    dims: int | None,
    channels: str | None,
    task: str | None,
    columns: str | None,
    data_root: Path | None,
    follow_links: bool | None,
) -> dict[str, Any]:
    """Return the settings that the options for reading a dataset give; None where an option is not given."""
    return {
        "image_size": image_size(size) if size else None,
        "value_range": value_range(values) if values else None,
        "dims": dims,
        "channels": channels,
        "task": task,
        "columns": column_names(columns) if columns else None,
        "data_root": str(data_root) if data_root else None,
        "follow_links": follow_links,
    }


def check_folder(path: Path | None, option: str) -> None:
    """Check that an option names no file where a folder is expected; the folder is created later.

    Raises:
        SettingsError: The path is a file.
    """
    if path is not None and path.exists() and not path.is_dir():
        raise SettingsError(f"{option}: found the file {path}; expected a folder")


def check_file(path: Path | None, option: str) -> None:
    """Check that the file that an option names can be written, before its content is made.

    Raises:
        SettingsError: Its folder does not exist, or cannot be written.
    """
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        raise SettingsError(f"{option}: found {path}; expected a file in an existing folder")
    if not is_writable(path.absolute().parent):
        raise SettingsError(f"{option}: found {path}; expected a file in a folder that can be written")


def print_table(table: "Table") -> None:
    """Print a table: folded to the width of a terminal, or in full width where the output is piped."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDE
    for column in table.columns:
        column.overflow = "fold"
    Console(width=width, highlight=False).print(table)
