"""`cnnsearch export`: a study's network as files that run elsewhere."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs, StudyName

if TYPE_CHECKING:
    from cnnsearch.bundle.exported import Exported


def run(
    study: StudyName,
    formats: Annotated[
        list[str],
        typer.Option("--format", help="keras, onnx, saved_model, litert, or onnx,litert.", metavar="NAME"),
    ],
    trial: Annotated[
        int | None, typer.Option(help="A trial in the champion's place.", metavar="N", min=0)
    ] = None,
    finalist: Annotated[
        int | None,
        typer.Option(help="A trial that was trained again, with those weights.", metavar="N", min=0),
    ] = None,
    quantize: Annotated[
        str, typer.Option(help="For litert: none, int8 or float16.", metavar="KIND")
    ] = "none",
    output: Annotated[
        Path | None, typer.Option(help="The files' folder; default: exports/ in the study's.", metavar="DIR")
    ] = None,
    license: Annotated[str, typer.Option(help="The licence that the model card names.", metavar="TEXT")] = "",
    as_json: Json = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Export a study's best network to run elsewhere.

    Each file takes raw pixels and gives probabilities. It is loaded again in its own runtime and compared
    with Keras on real pictures; one that differs too much is not kept. Labels and a model card lie beside.
    """
    from rich.console import Console

    from cnnsearch.bundle.exported import Exported
    from cnnsearch.bundle.formats import (
        check_formats_installed,
        export_targets,
        parse_formats,
        parse_quantization,
    )
    from cnnsearch.errors import SettingsError
    from cnnsearch.export.request import ExportRequest
    from cnnsearch.export.start import export
    from cnnsearch.study.folder import find_study

    if trial is not None and finalist is not None:
        raise SettingsError("--trial and --finalist: found both; expected one of them")
    names = parse_formats(formats)
    wanted = export_targets(names, parse_quantization(quantize))
    check_formats_installed(names)
    found = find_study(study, runs)
    request = ExportRequest(
        study=found.path,
        trial=trial,
        finalist=finalist,
        targets=tuple((target.format, target.quantization) for target in wanted),
        output=output.resolve() if output else None,
        license=license,
    )
    if request.folder.exists() and not request.folder.is_dir():
        raise SettingsError(f"--output: {request.folder} is a file; expected a folder")
    with Console(stderr=True).status("exporting and comparing with Keras"):
        done = list(export(found, request))
    for told in done:
        if not isinstance(told, Exported):
            typer.echo(f"cnnsearch: {told.name} was not exported: {told.reason}", err=True)
    written = [told for told in done if isinstance(told, Exported)]
    (_print_json if as_json else _print_table)(request.folder, written)
    if len(written) < len(done):
        sys.exit(1)


def _print_json(folder: Path, files: "list[Exported]") -> None:
    print(json.dumps({"folder": str(folder), "files": [file.model_dump(mode="json") for file in files]}))


def _print_table(folder: Path, files: "list[Exported]") -> None:
    from rich.table import Table

    from cnnsearch.cli.options import print_table

    if not files:
        return
    table = Table(header_style="bold")
    table.add_column("file")
    for column in ("size", "largest difference", "same label", "median", "p95"):
        table.add_column(column, justify="right")
    for file in files:
        times = (f"{1000 * time:.3f} ms" for time in (file.latency.median, file.latency.p95))
        compared = (f"{file.largest_difference:.1e}", f"{file.label_agreement:.1%}")
        table.add_row(file.file, f"{file.bytes / 1e6:.2f} MB", *compared, *times)
    print_table(table)
    typer.echo(f"compared with Keras on {files[0].examples} validation examples; latency of one, on the CPU")
    typer.echo(f"{folder}, with labels.json, export.json and the model card (card.md)")
