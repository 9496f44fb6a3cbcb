"""`cnnsearch history`: the studies that count for recommendations."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import DEFAULT_RUNS, Json, Quiet, Runs, Verbose, check_file
from cnnsearch.page.formatting import plural

if TYPE_CHECKING:
    from cnnsearch.knowledge.experience import Experience
    from cnnsearch.knowledge.history import HistoryEntry


def run(
    add: Annotated[
        str | None,
        typer.Option(
            "--add",
            help="Add the studies of another runs folder, of one study, or of an MLflow server.",
            metavar="RUNS|URI",
        ),
    ] = None,
    import_from: Annotated[
        Path | None, typer.Option("--import", help="Add the studies of an exported file.", metavar="FILE")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            help="Write all studies except the shipped ones to a file, to share them.",
            metavar="FILE",
        ),
    ] = None,
    as_json: Json = False,
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """List the studies that count for recommendations, or add, export or import some.

    Shipped studies, added ones and those of --runs count. An exported file has no data, names or paths.
    """
    check_file(export, "--export")
    with importing():
        from cnnsearch.knowledge.history import read_history

    if add is not None:
        typer.echo(_added(_found(add), add), err=as_json)
    if import_from is not None:
        from cnnsearch.knowledge.pack import read_pack

        typer.echo(_added(read_pack(import_from), str(import_from)), err=as_json)
    entries = read_history(runs)
    if export is not None:
        typer.echo(_exported(entries, export), err=as_json)
    if as_json:
        print(json.dumps([row(entry) for entry in entries]))
    elif add is None and import_from is None and export is None:
        _print(entries)


def _found(place: str) -> "list[Experience]":
    from cnnsearch.knowledge.history import Source, experiences_in, readable

    if "://" not in place:
        return experiences_in(Path(place))
    from cnnsearch.tracking.experiences import download_experiences

    with TemporaryDirectory() as folder:
        source = Source(place, tuple(download_experiences(place, Path(folder))))
        return list(readable(source))


def _added(experiences: "list[Experience]", place: str) -> str:
    from cnnsearch.knowledge.history import add, history_folder

    count = add(experiences)
    return f"{place}: {plural(len(experiences), 'study')}, {count} of them new; added to {history_folder()}"


def _exported(entries: "list[HistoryEntry]", file: Path) -> str:
    from cnnsearch.knowledge.history import SHIPPED
    from cnnsearch.knowledge.pack import write_pack
    from cnnsearch.knowledge.sharing import shareable

    own = [entry.experience for entry in entries if entry.source != SHIPPED]
    write_pack(file, shareable(own))
    return (
        f"{file}: {plural(len(own), 'study')}; no data, names or paths are in it, but a hash of the data, by "
        "which those who have the same data recognize them"
    )


def row(entry: "HistoryEntry") -> dict[str, Any]:
    """Return a study of the history as plain values."""
    experience = entry.experience
    sign = 1.0 if experience.direction == "maximize" else -1.0
    values = [trial.value for trial in experience.trials if trial.value is not None]
    return {
        "source": entry.source,
        "study": experience.study,
        "origin": experience.origin,
        "task": experience.dataset.task,
        "shape": list(experience.dataset.shape),
        "examples": experience.dataset.examples,
        "outputs": experience.dataset.outputs,
        "metric": experience.metric,
        "trials": len(experience.trials),
        "best": max(values, key=lambda value: sign * value) if values else None,
    }


def _print(entries: "list[HistoryEntry]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from cnnsearch.cli.options import print_table
    from cnnsearch.study.objectives import brief_value

    table = Table(header_style="bold")
    for name in ("source", "origin", "data", "task", "metric"):
        table.add_column(name)
    for name in ("trials", "best"):
        table.add_column(name, justify="right")
    for entry in sorted(entries, key=lambda entry: (entry.source, entry.experience.origin)):
        plain, dataset = row(entry), entry.experience.dataset
        best = "-" if plain["best"] is None else brief_value(plain["best"])
        cells = (escape(entry.source), plain["origin"], dataset.text, dataset.task, plain["metric"])
        table.add_row(*cells, str(plain["trials"]), best)
    print_table(table)
    trials = sum(len(entry.experience.trials) for entry in entries)
    typer.echo(f"{plural(len(entries), 'study')}, {trials} trials")
