"""`cnnsearch export`: convert a study's network to other formats."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Quiet, Runs, StudyName, Verbose, check_folder
from cnnsearch.durations import duration
from cnnsearch.verbosity import is_quiet

if TYPE_CHECKING:
    from cnnsearch.bundle.exported import Exported


def run(
    study: StudyName,
    formats: Annotated[
        list[str],
        typer.Option(
            "--format", help="keras, onnx, saved_model or litert; several: onnx,litert.", metavar="NAME"
        ),
    ],
    trial: Annotated[
        int | None, typer.Option(help="Export this trial instead of the champion.", metavar="N", min=0)
    ] = None,
    finalist: Annotated[
        int | None,
        typer.Option(help="Export this finalist, with the weights of its retraining.", metavar="N", min=0),
    ] = None,
    quantize: Annotated[
        str, typer.Option(help="Quantization of litert: none, int8 or float16.", metavar="KIND")
    ] = "none",
    output: Annotated[
        Path | None, typer.Option(help="Folder for the files.", metavar="DIR", show_default="STUDY/exports")
    ] = None,
    license: Annotated[str, typer.Option(help="Licence to state in the model card.", metavar="TEXT")] = "",
    as_json: Json = False,
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Export a study's champion to Keras, ONNX, SavedModel or LiteRT.

    Each file takes raw pixels and returns probabilities. It is loaded in its own runtime and compared with
    Keras on validation images; a file that differs too much is deleted. Labels and a model card are written.
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
    check_folder(request.folder, "--output")
    with Console(stderr=True, quiet=is_quiet()).status("exporting and comparing with Keras"):
        done = list(export(found, request))
    for outcome in done:
        if not isinstance(outcome, Exported):
            typer.echo(f"cnnsearch: {outcome.name} was not exported: {outcome.reason}", err=True)
    written = [outcome for outcome in done if isinstance(outcome, Exported)]
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
        times = (duration(time) for time in (file.latency.median, file.latency.p95))
        compared = (f"{file.largest_difference:.1e}", f"{file.label_agreement:.1%}")
        table.add_row(file.file, f"{file.bytes / 1e6:.2f} MB", *compared, *times)
    print_table(table)
    examples = files[0].examples
    typer.echo(f"compared with Keras on {examples} validation examples; latency at batch size 1, on the CPU")
    typer.echo(f"folder: {folder}, with labels.json, export.json and card.md (model card)")
