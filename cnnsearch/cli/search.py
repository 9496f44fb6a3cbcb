"""`cnnsearch search`: begins a study and runs it to its end."""

from typing import Annotated, Any

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import (
    DEFAULT_RUNS,
    FINAL_SEEDS,
    PICK,
    REFIT,
    MaxLatency,
    MaybeSpace,
    NoReport,
    Runs,
    amount,
    assignments,
    column_names,
    image_size,
    latency,
    seconds,
)


def run(
    data: Annotated[
        str,
        typer.Option(
            "--data",
            help="`digits`, keras:NAME, a .npz file, a folder of pictures, or a CSV manifest.",
            metavar="DATA",
        ),
    ],
    space: MaybeSpace = "",
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            help="Trials in all. Complete, pruned and failed ones count, also those before a resume; "
            "infeasible and repeated ones do not. Default 20, or no limit with --timeout.",
            metavar="N",
        ),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            help="How long it may take in all: 90s, 10m, 1h30m. A trial under way at the end is stopped.",
            metavar="TIME",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="The most epochs a trial is trained for. Default: as the plan for --timeout says, or 20.",
            metavar="N",
        ),
    ] = None,
    trial_timeout: Annotated[
        str | None, typer.Option("--trial-timeout", help="How long one trial may take.", metavar="TIME")
    ] = None,
    study: Annotated[
        str | None, typer.Option(help="The study's name; default SPACE-DATA.", metavar="NAME")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the split, the sampler and the trials.", metavar="N")] = 0,
    sampler: Annotated[
        str, typer.Option(help="tpe, random, grid, nsga2, gp or cmaes.", metavar="NAME")
    ] = "tpe",
    pruner: Annotated[str, typer.Option(help="asha, hyperband, median or none.", metavar="NAME")] = "asha",
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            help="validation_accuracy (default), validation_balanced_accuracy, validation_macro_f1 or "
            "validation_loss, by which trials are pruned; repeated, also macs, num_weights or memory, to "
            "search for a front.",
            metavar="NAME",
        ),
    ] = None,
    class_weights: Annotated[
        str,
        typer.Option(
            "--class-weights",
            help="balanced: in training, classes of few examples count for more.",
            metavar="none|balanced",
        ),
    ] = "none",
    folds: Annotated[
        int,
        typer.Option(
            help="Train each trial on K folds of the train and validation data; its figure is their mean.",
            metavar="K",
        ),
    ] = 1,
    pick: Annotated[str, PICK] = "best",
    finalists: Annotated[
        int,
        typer.Option(
            help="Trials that are trained again in the end, in a quarter of the time at most; 0: none.",
            metavar="N",
        ),
    ] = 3,
    final_seeds: Annotated[int, FINAL_SEEDS] = 3,
    max_latency: MaxLatency = None,
    refit: Annotated[bool, REFIT] = False,
    workers: Annotated[
        str,
        typer.Option(
            help="Trials that are trained at a time; auto: as many as give the highest throughput, by a "
            "measurement on the first.",
            metavar="N|auto",
        ),
    ] = "auto",
    backend: Annotated[
        str, typer.Option(help="Keras's backend: tensorflow or jax.", metavar="NAME")
    ] = "tensorflow",
    precision: Annotated[
        str, typer.Option(help="float32, mixed_bfloat16 or mixed_float16.", metavar="NAME")
    ] = "float32",
    size: Annotated[
        str | None,
        typer.Option("--image-size", help="Bring pictures to 64 or 48x64 (height x width).", metavar="SIZE"),
    ] = None,
    on_bad: Annotated[
        str,
        typer.Option(help="Pictures that cannot be read: an error, or left out.", metavar="error|skip"),
    ] = "error",
    split_by: Annotated[
        str | None,
        typer.Option(
            help="What decides the splits; default: what the data give, else random.",
            metavar="random|folder|manifest|time",
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(help="Examples alike in this column of the manifest share a side.", metavar="COLUMN"),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="The manifest's own names: path=file,label=class.", metavar="NAME=COLUMN,..."),
    ] = None,
    group_duplicates: Annotated[
        bool, typer.Option("--group-duplicates", help="Exact and near duplicates share a side of the splits.")
    ] = False,
    baselines: Annotated[
        str, typer.Option(help="Whether the space's baselines are tried first: all or none.", metavar="WHICH")
    ] = "all",
    max_weights: Annotated[
        str | None,
        typer.Option("--max-weights", help="Train no network of more weights: 500k, 5M.", metavar="N"),
    ] = None,
    max_macs: Annotated[
        str | None,
        typer.Option("--max-macs", help="Train no network of more multiply-accumulates.", metavar="N"),
    ] = None,
    max_memory: Annotated[
        str | None,
        typer.Option(
            "--max-memory", help="Train nothing that needs more bytes at its batch size.", metavar="BYTES"
        ),
    ] = None,
    worker_memory: Annotated[
        str | None,
        typer.Option("--worker-memory", help="The bytes that a worker may allocate: 4G.", metavar="BYTES"),
    ] = None,
    tracking_uri: Annotated[
        str, typer.Option("--tracking-uri", help="MLflow's server; default RUNS/mlflow.db.", metavar="URL")
    ] = "",
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="Replace a value of the space; can be repeated.", metavar="PATH=VALUE"),
    ] = None,
    start_from: Annotated[
        str, typer.Option("--from", help="A study whose trials the sampler learns from too.", metavar="STUDY")
    ] = "",
    hypermodel: Annotated[
        str,
        typer.Option(
            "--hypermodel",
            help="Search a hypermodel of KerasTuner in place of SPACE: a function build(hp) or a HyperModel.",
            metavar="MODULE:NAME",
        ),
    ] = "",
    plan: Annotated[
        bool, typer.Option("--plan", help="Print how the time limit would be spent, and end.")
    ] = False,
    no_report: NoReport = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Search SPACE for the best network on DATA."""
    with importing():
        from pathlib import Path

        from cnnsearch.api import planned, search
        from cnnsearch.cli.outcome import conclude
        from cnnsearch.errors import SettingsError

    if bool(space) == bool(hypermodel):
        found = f"{space} and --hypermodel {hypermodel}" if space else "neither SPACE nor --hypermodel"
        raise SettingsError(f"found {found}; expected one: a space's name or file, or package.module:name")
    settings: dict[str, Any] = {
        "trials": trials,
        "timeout": seconds(timeout) if timeout else None,
        "epochs": epochs,
        "class_weights": class_weights,
        "folds": folds,
        "trial_timeout": seconds(trial_timeout, "--trial-timeout") if trial_timeout else None,
        "max_weights": amount(max_weights, "--max-weights") if max_weights else None,
        "max_macs": amount(max_macs, "--max-macs") if max_macs else None,
        "max_memory": amount(max_memory, "--max-memory") if max_memory else None,
        "worker_memory": amount(worker_memory, "--worker-memory") if worker_memory else None,
        "seed": seed,
        "sampler": sampler,
        "pruner": pruner,
        "objective": objective[0] if objective else "validation_accuracy",
        "more_objectives": objective[1:] if objective else [],
        "pick": pick,
        "finalists": finalists,
        "final_seeds": final_seeds,
        "max_latency": latency(max_latency) if max_latency else None,
        "refit": refit,
        "workers": workers,
        "backend": backend,
        "precision": precision,
        "image_size": image_size(size) if size else None,
        "on_bad": on_bad,
        "split_by": split_by,
        "group": group,
        "columns": column_names(columns) if columns else {},
        "group_duplicates": group_duplicates,
        "baselines": baselines,
        "tracking_uri": tracking_uri,
        "overrides": assignments(overrides or []),
        "start_from": start_from,
        "hypermodel": hypermodel,
        "hypermodel_folder": str(Path.cwd()) if hypermodel else "",
    }
    if plan:
        told = planned(space or hypermodel, data, runs=runs, **settings).told()
        typer.echo(f"{told}; it ends with trial {trials} at the latest" if trials else told)
        return
    result = search(space or hypermodel, data, study=study, runs=runs, **settings)
    conclude(result, is_reported=not no_report)
