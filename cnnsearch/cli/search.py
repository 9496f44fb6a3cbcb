"""`cnnsearch search`: begin a study and run it to its end."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import (
    DEFAULT_RUNS,
    Channels,
    Columns,
    DataRoot,
    Dims,
    Finalists,
    FinalSeeds,
    FollowLinks,
    ImageSize,
    MaxLatency,
    MaybeSpace,
    NoReport,
    Pick,
    Quiet,
    Refit,
    Runs,
    TaskName,
    ValueRange,
    Verbose,
    amount,
    assignments,
    data_option,
    data_settings,
    latency,
    seconds,
    study_option,
)

input_option = partial(typer.Option, rich_help_panel="Space and data")
budget_option = partial(typer.Option, rich_help_panel="Budget")
search_option = partial(typer.Option, rich_help_panel="Search")
training_option = partial(typer.Option, rich_help_panel="Training")
limit_option = partial(typer.Option, rich_help_panel="Limits")
machine_option = partial(typer.Option, rich_help_panel="Machine")


def run(
    data: Annotated[
        str,
        input_option(
            "--data",
            help="Dataset: digits, keras:NAME, a .npz file, an image folder or a CSV manifest.",
            metavar="DATA",
        ),
    ],
    space: MaybeSpace = "",
    hypermodel: Annotated[
        str | None,
        input_option(
            "--hypermodel",
            help="KerasTuner hypermodel in place of SPACE: a HyperModel or a function build(hp).",
            metavar="MODULE:NAME",
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        input_option(
            "--set", help="Replace a value of the space. Can be given several times.", metavar="PATH=VALUE"
        ),
    ] = None,
    timeout: Annotated[
        str | None,
        budget_option(
            "--timeout",
            help="Time limit of the whole search, such as 90s, 10m or 1h30m. A running trial is stopped.",
            metavar="10m",
        ),
    ] = None,
    trials: Annotated[
        int | None,
        budget_option(
            "--trials",
            help="Number of trials, those before a resume included. Infeasible and repeated candidates "
            "are not counted.",
            metavar="N",
        ),
    ] = None,
    epochs: Annotated[
        int | None, budget_option("--epochs", help="Maximum number of epochs per trial.", metavar="N")
    ] = None,
    trial_timeout: Annotated[
        str | None, budget_option("--trial-timeout", help="Time limit per trial.", metavar="10m")
    ] = None,
    plan: Annotated[
        bool, budget_option("--plan", help="Print how the time limit would be spent, and exit.")
    ] = False,
    objective: Annotated[
        list[str] | None,
        search_option(
            "--objective",
            help="A metric of the task on the validation split, such as validation_accuracy, "
            "validation_macro_f1, validation_mae or validation_loss. Given several times, then also macs, "
            "num_weights or memory: search for a Pareto front. The first objective decides pruning.",
            metavar="NAME",
        ),
    ] = None,
    sampler: Annotated[
        str | None,
        search_option("--sampler", help="tpe, random, grid, nsga2, gp or cmaes.", metavar="NAME"),
    ] = None,
    pruner: Annotated[
        str | None, search_option("--pruner", help="asha, hyperband, median or none.", metavar="NAME")
    ] = None,
    baselines: Annotated[
        str | None,
        search_option("--baselines", help="Baselines of the space to try first.", metavar="all|none"),
    ] = None,
    warm_start: Annotated[
        str | None,
        search_option(
            "--warm-start",
            help="Begin with networks that did best on similar datasets; auto: only in the spaces auto "
            "and signal1d. STUDY: begin as a study did.",
            metavar="auto|recommended|none|STUDY",
        ),
    ] = None,
    start_from: Annotated[
        str | None,
        search_option("--from", help="Study whose trials the sampler also learns from.", metavar="STUDY"),
    ] = None,
    seed: Annotated[
        int | None,
        search_option("--seed", help="Random seed of the split, the sampler and the trials.", metavar="N"),
    ] = None,
    size: ImageSize = None,
    values: ValueRange = None,
    dims: Dims = None,
    channels: Channels = None,
    data_root: DataRoot = None,
    follow_links: FollowLinks = None,
    on_bad: Annotated[
        str | None,
        data_option("--on-bad", help="Unreadable images: end with an error, or skip.", metavar="error|skip"),
    ] = None,
    task: TaskName = None,
    split_by: Annotated[
        str | None,
        data_option(
            "--split-by",
            help="How examples are split: random, folder, manifest or time.",
            metavar="NAME",
            show_default="as the data define, else random",
        ),
    ] = None,
    group: Annotated[
        str | None,
        data_option("--group", help="Manifest column whose groups stay within one split.", metavar="COLUMN"),
    ] = None,
    columns: Columns = None,
    group_duplicates: Annotated[
        bool | None,
        data_option("--group-duplicates", help="Keep exact and near duplicates within one split."),
    ] = None,
    folds: Annotated[
        int | None,
        training_option(
            "--folds",
            help="Cross-validation folds per trial; the score is the mean over folds.",
            metavar="K",
        ),
    ] = None,
    class_weights: Annotated[
        str | None,
        training_option(
            "--class-weights",
            help="Class weights in the training loss; balanced: inversely proportional to class sizes.",
            metavar="none|balanced",
        ),
    ] = None,
    max_weights: Annotated[
        str | None,
        limit_option("--max-weights", help="Reject candidates with more weights.", metavar="500k"),
    ] = None,
    max_macs: Annotated[
        str | None,
        limit_option("--max-macs", help="Reject candidates with more multiply-accumulates.", metavar="50M"),
    ] = None,
    max_memory: Annotated[
        str | None,
        limit_option(
            "--max-memory",
            help="Reject candidates whose estimated training memory exceeds this many bytes.",
            metavar="2G",
        ),
    ] = None,
    finalists: Finalists = None,
    final_seeds: FinalSeeds = None,
    pick: Pick = None,
    max_latency: MaxLatency = None,
    refit: Refit = None,
    workers: Annotated[
        str | None,
        machine_option(
            "--workers",
            help="Trials trained at a time; auto: as many as the first trial measures to be fastest.",
            metavar="N|auto",
        ),
    ] = None,
    worker_memory: Annotated[
        str | None,
        machine_option("--worker-memory", help="Bytes that a worker may allocate.", metavar="4G"),
    ] = None,
    engine: Annotated[
        str | None,
        machine_option(
            "--engine",
            help="fit: Keras's own loop; compiled: an epoch as one program, on JAX; auto: the faster one.",
            metavar="auto|fit|compiled",
        ),
    ] = None,
    group_size: Annotated[
        str | None,
        machine_option(
            "--group-size",
            help="Trials of one architecture that the compiled engine trains together.",
            metavar="N|auto",
        ),
    ] = None,
    backend: Annotated[
        str | None, machine_option("--backend", help="Keras backend: tensorflow or jax.", metavar="NAME")
    ] = None,
    precision: Annotated[
        str | None,
        machine_option("--precision", help="float32, mixed_bfloat16 or mixed_float16.", metavar="NAME"),
    ] = None,
    study: Annotated[
        str | None,
        study_option("--study", help="Name of the study.", metavar="NAME", show_default="SPACE-DATA"),
    ] = None,
    runs: Runs = DEFAULT_RUNS,
    tracking_uri: Annotated[
        str | None,
        study_option(
            "--tracking-uri",
            help="MLflow server.",
            metavar="URL",
            show_default="MLFLOW_TRACKING_URI, else RUNS/mlflow.db",
        ),
    ] = None,
    no_report: NoReport = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Search SPACE for the best network on DATA."""
    with importing():
        from cnnsearch.api import planned, search
        from cnnsearch.cli.outcome import conclude
        from cnnsearch.errors import SettingsError
        from cnnsearch.space import Hypermodel

    if bool(space) == bool(hypermodel):
        found = f"{space} and --hypermodel {hypermodel}" if space else "neither SPACE nor --hypermodel"
        raise SettingsError(f"found {found}; expected one: a space's name or file, or package.module:name")
    options: dict[str, Any] = {
        "overrides": assignments(overrides) if overrides else None,
        "timeout": seconds(timeout) if timeout else None,
        "trials": trials,
        "epochs": epochs,
        "trial_timeout": seconds(trial_timeout, "--trial-timeout") if trial_timeout else None,
        "objective": objective[0] if objective else None,
        "more_objectives": objective[1:] if objective else None,
        "sampler": sampler,
        "pruner": pruner,
        "baselines": baselines,
        "warm_start": warm_start,
        "start_from": start_from,
        "seed": seed,
        **data_settings(size, values, dims, channels, task, columns, data_root, follow_links),
        "on_bad": on_bad,
        "split_by": split_by,
        "group": group,
        "group_duplicates": group_duplicates,
        "folds": folds,
        "class_weights": class_weights,
        "max_weights": amount(max_weights, "--max-weights") if max_weights else None,
        "max_macs": amount(max_macs, "--max-macs") if max_macs else None,
        "max_memory": amount(max_memory, "--max-memory") if max_memory else None,
        "finalists": finalists,
        "final_seeds": final_seeds,
        "pick": pick,
        "max_latency": latency(max_latency) if max_latency else None,
        "refit": refit,
        "workers": workers,
        "worker_memory": amount(worker_memory, "--worker-memory") if worker_memory else None,
        "engine": engine,
        "group_size": group_size,
        "backend": backend,
        "precision": precision,
        "tracking_uri": tracking_uri,
    }
    settings = {name: value for name, value in options.items() if value is not None}
    searched = space or Hypermodel(source=hypermodel or "", folder=str(Path.cwd()))
    if plan:
        line = planned(searched, data, runs=runs, **settings).told()
        typer.echo(f"{line}; the search ends after {trials} trials at the latest" if trials else line)
        return
    result = search(searched, data, study=study, runs=runs, **settings)
    conclude(result, is_reported=not no_report)
