"""`cnnsearch recommend`: networks for a dataset, from finished studies of similar data."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import (
    DEFAULT_RUNS,
    Channels,
    Columns,
    DataRoot,
    Dims,
    FollowLinks,
    ImageSize,
    Json,
    Quiet,
    Runs,
    TaskName,
    ValueRange,
    Verbose,
    amount,
    check_file,
    data_settings,
    latency,
    seconds,
)
from cnnsearch.durations import duration, rough_duration

if TYPE_CHECKING:
    from cnnsearch.knowledge.ranking import Recommendation, Recommendations
    from cnnsearch.knowledge.recommend import Recommended


def run(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Dataset: digits, keras:NAME, a .npz file, an image folder or a CSV."
        ),
    ],
    top: Annotated[int, typer.Option("--top", help="Number of networks, at most.", min=1, metavar="N")] = 10,
    max_weights: Annotated[
        str | None, typer.Option("--max-weights", help="Largest number of weights.", metavar="200k")
    ] = None,
    max_macs: Annotated[
        str | None, typer.Option("--max-macs", help="Largest number of multiply-accumulates.", metavar="50M")
    ] = None,
    max_latency: Annotated[
        str | None,
        typer.Option(
            "--max-latency", help="Largest latency at batch size 1, measured on this machine.", metavar="5ms"
        ),
    ] = None,
    try_for: Annotated[
        str | None,
        typer.Option("--try", help="Train the first few for this time, and rank again.", metavar="5m"),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", help="Write a space around the recommended networks.", metavar="FILE"),
    ] = None,
    as_json: Json = False,
    size: ImageSize = None,
    values: ValueRange = None,
    dims: Dims = None,
    channels: Channels = None,
    task: TaskName = None,
    columns: Columns = None,
    data_root: DataRoot = None,
    follow_links: FollowLinks = None,
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Recommend networks for DATA, from finished studies of similar data.

    Nothing is trained without --try. `cnnsearch history` lists the studies that count.
    """
    check_file(write, "--write")
    options: dict[str, Any] = {
        "max_weights": amount(max_weights, "--max-weights") if max_weights else None,
        "max_macs": amount(max_macs, "--max-macs") if max_macs else None,
        "max_latency": latency(max_latency) if max_latency else None,
        **data_settings(size, values, dims, channels, task, columns, data_root, follow_links),
    }
    given = {name: value for name, value in options.items() if value is not None}
    found = _recommended(data, runs, top, seconds(try_for, "--try") if try_for else None, given, as_json)
    if as_json:
        print(json.dumps(plain(found)))
    else:
        _print(found)
    if write is not None:
        _write(found, write, is_shown=not as_json)


def _recommended(
    data: str, runs: Path, top: int, timeout: float | None, given: dict[str, Any], is_silent: bool
) -> "Recommended":
    """Return the recommendations; what searches need is imported only to try them."""
    if timeout is None:
        with importing():
            from cnnsearch.knowledge.recommend import recommended
        return recommended(data, runs, top, given)
    with importing():
        from cnnsearch.api import recommend
    watchers: list[Any] | None = [] if is_silent else None
    return recommend(data, runs=runs, top=top, timeout=timeout, watchers=watchers, **given)


def plain(found: "Recommended") -> dict[str, Any]:
    """Return recommendations as plain values."""
    whole = found.recommendations
    return {
        "dataset": whole.dataset.model_dump(mode="json"),
        "nearest": whole.nearest.model_dump(mode="json"),
        "is_far": whole.is_far,
        "is_of_other_task": whole.is_of_other_task,
        "studies": dict(whole.studies),
        "networks": [_plain_row(found, place) for place in range(len(whole.networks))],
    }


def _plain_row(found: "Recommended", place: int) -> dict[str, Any]:
    each = found.networks[place]
    expected = each.expected
    measured = found.latencies.get(place)
    return {
        "expected": None if expected is None else expected.score,
        "range": None if expected is None else [expected.low, expected.high],
        "regret": each.regret,
        "num_weights": each.analysis.num_weights,
        "macs": each.analysis.macs,
        "epoch_seconds": each.epoch_seconds,
        "latency": measured.median if measured else None,
        "reason": each.reason,
        "params": each.configuration.params,
        "architecture": each.candidate.architecture.model_dump(mode="json"),
        "training": each.candidate.training.model_dump(mode="json"),
    }


def _print(found: "Recommended") -> None:
    from rich.table import Table

    from cnnsearch.cli.options import print_table
    from cnnsearch.study.settings import DEFAULT_EPOCHS

    typer.echo(_first_line(found.recommendations))
    table = Table(header_style="bold")
    for name in ("", "network and training", "expected", "weights", "MACs", f"{DEFAULT_EPOCHS} epochs"):
        table.add_column(name, justify="left" if name.startswith("network") else "right")
    if found.latencies:
        table.add_column("latency", justify="right")
    table.add_column("why")
    for place, each in enumerate(found.networks):
        measured = [duration(found.latencies[place].median)] if found.latencies else []
        table.add_row(str(place + 1), *_cells(each), *measured, each.reason)
    print_table(table)
    if found.networks[0].expected:
        typer.echo(
            "expected: after a training about as long as those of the known studies; the range held 80% of "
            "the scores on known datasets, each predicted without the data of its origin"
        )


def _first_line(whole: "Recommendations") -> str:
    line = f"{whole.dataset.text}: networks from {whole.studies_text}; "
    line += f"the most similar data are {whole.nearest.text}"
    if whole.is_of_other_task:
        line += f"\nno study of {whole.dataset.task} is known: ranked by studies of {whole.nearest.task}"
    if whole.is_far:
        line += "\nunlike anything seen: the data differ more from all known ones than these from each other"
    return line


def _cells(each: "Recommendation") -> list[str]:
    from cnnsearch.knowledge.words import network_words, training_words
    from cnnsearch.search.live import brief_count
    from cnnsearch.study.settings import DEFAULT_EPOCHS

    expected = each.expected
    score = f"{expected.score:.3f} ({expected.low:.3f} to {expected.high:.3f})" if expected else "-"
    return [
        f"{network_words(each.candidate.architecture)}\n{training_words(each.candidate.training)}",
        score,
        f"{each.analysis.num_weights:,}",
        brief_count(each.analysis.macs),
        rough_duration(DEFAULT_EPOCHS * each.epoch_seconds),
    ]


def _write(found: "Recommended", file: Path, *, is_shown: bool) -> None:
    from cnnsearch.files import write_text
    from cnnsearch.knowledge.space_around import around_recommended

    around = around_recommended(found.networks, found.dataset.summary, file.stem)
    write_text(file, around.text)
    if is_shown:
        count, total = len(around.configurations), len(found.networks)
        typer.echo(f"{file}: a part of {around.source}, with {count} of the {total} networks as baselines")
