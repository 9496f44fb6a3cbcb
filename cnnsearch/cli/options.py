"""What several commands share: options, how their values are read, how tables are printed."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.errors import SettingsError

if TYPE_CHECKING:
    from rich.table import Table

Runs = Annotated[Path, typer.Option("--runs", help="The folder of all studies.", metavar="DIR")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no report.html in the end.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study's name within --runs, or its path.")]
SpaceName = Annotated[str, typer.Argument(metavar="SPACE", help="A shipped space's name, or a YAML file.")]
MaybeSpace = Annotated[
    str, typer.Argument(metavar="SPACE", help="A shipped space's name, or a YAML file.", show_default=False)
]

MaxLatency = Annotated[
    str | None,
    typer.Option(
        "--max-latency",
        help="Leave out finalists that answer more slowly: 5ms. The median at batch 1, on this machine.",
        metavar="TIME",
    ),
]

FINAL_SEEDS = typer.Option("--final-seeds", help="How often each of them is trained.", metavar="N")
PICK = typer.Option(
    help="The champion: the best finalist, or the smallest or the fastest within one standard error.",
    metavar="best|smallest|fastest",
)
REFIT = typer.Option("--refit", help="Train the champion once more, on train and validation.")
"""Of `search`, which has defaults, and of `finish`, which has the study's."""

DEFAULT_RUNS = Path("runs")
WIDE = 10_000
"""Columns of a page that is no terminal: enough for any table."""
MULTIPLES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}


def seconds(text: str, option: str = "--timeout") -> float:
    """A duration such as 90, 90s, 10m, 1h30m.

    Raises:
        SettingsError: The text is no duration above zero.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or total <= 0:
        raise SettingsError(
            f"{option}: found {text}; expected a duration above zero, such as 90s, 10m or 1h30m"
        )
    return total


def latency(text: str) -> float:
    """A short duration such as 5ms or 0.2s, in seconds.

    Raises:
        SettingsError: The text is no duration above zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if match is None or float(match[1]) <= 0:
        raise SettingsError(f"--max-latency: found {text}; expected one above zero, such as 5ms or 0.2s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def amount(text: str, option: str) -> int:
    """A number such as 5000000, 5M or 1.5G; k, M and G are thousands, millions and milliards.

    Raises:
        SettingsError: The text is no number above zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kMG]?)B?", text)
    if match is None or float(match[1]) <= 0:
        raise SettingsError(f"{option}: found {text}; expected a number above zero, such as 500k, 5M or 2G")
    return round(float(match[1]) * MULTIPLES[match[2]])


def image_size(text: str) -> tuple[int, int]:
    """A size such as 64 or 48x64 (height x width).

    Raises:
        SettingsError: The text is no size.
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text)
    if match is None or int(match[1]) < 1 or int(match[2] or 1) < 1:
        raise SettingsError(
            f"--image-size: found {text}; expected a size such as 64 or 48x64 (height x width)"
        )
    return int(match[1]), int(match[2] or match[1])


def parse_shape(text: str) -> tuple[int, ...]:
    """An input shape such as 28x28x1: the spatial sizes, then the channels.

    Raises:
        SettingsError: The text is no shape with one to three spatial dimensions.
    """
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*){1,3}", text):
        raise SettingsError(
            f"--input: found {text}; expected the sizes and then the channels: 28x28x1, 128x3 or 16x16x16x1"
        )
    return tuple(int(size) for size in text.split("x"))


def assignments(texts: list[str]) -> dict[str, str]:
    """`PATH=VALUE` texts as a mapping.

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
    """`path=file,label=class` as a mapping.

    Raises:
        SettingsError: The text is no list of names.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name.strip() and column.strip() for name, _, column in pairs):
        raise SettingsError(f"--columns: found {text}; expected names such as path=file,label=class")
    return {name.strip(): column.strip() for name, _, column in pairs}


def print_table(table: "Table") -> None:
    """Prints a table, folded to a terminal's width; whole where the output is piped."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDE
    for column in table.columns:
        column.overflow = "fold"
    Console(width=width, highlight=False).print(table)
