"""`cnnsearch search`: begins a study and runs it to its end."""

from typing import Annotated

import typer

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, SpaceName, assignments, image_size, seconds


def run(
    space: SpaceName,
    data: Annotated[
        str, typer.Option("--data", help="`digits`, a .npz file, or a folder of pictures.", metavar="DATA")
    ],
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            help="Trials in all. Complete, pruned and failed ones count, also those before a resume; "
            "infeasible ones do not. Default 20, or no limit with --timeout.",
        ),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout", help="How long to search: 90s, 10m, 1h30m. A trial under way then is stopped."
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(help="The most epochs a trial is trained for.")] = 20,
    study: Annotated[str | None, typer.Option(help="The study's name; default SPACE-DATA.")] = None,
    seed: Annotated[int, typer.Option(help="Of the split, the sampler and the trials.")] = 0,
    sampler: Annotated[str, typer.Option(help="tpe, random, grid, nsga2, gp or cmaes.")] = "tpe",
    pruner: Annotated[str, typer.Option(help="asha, hyperband, median or none.")] = "asha",
    objective: Annotated[
        str, typer.Option(help="validation_accuracy or validation_loss.")
    ] = "validation_accuracy",
    workers: Annotated[int, typer.Option(help="Trials that are trained at the same time.")] = 1,
    backend: Annotated[str, typer.Option(help="Keras's backend: tensorflow or jax.")] = "tensorflow",
    precision: Annotated[str, typer.Option(help="float32, mixed_bfloat16 or mixed_float16.")] = "float32",
    size: Annotated[
        str | None, typer.Option("--image-size", help="Bring pictures to 64 or 48x64 (height x width).")
    ] = None,
    baselines: Annotated[
        str, typer.Option(help="all, or none: whether the space's baselines are tried first.")
    ] = "all",
    tracking_uri: Annotated[
        str, typer.Option("--tracking-uri", help="MLflow's server; default RUNS/mlflow.db.", metavar="URL")
    ] = "",
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="Replace a value of the space: PATH=VALUE. Can be repeated."),
    ] = None,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Search SPACE for the best network on DATA."""
    from cnnsearch.cli.outcome import conclude
    from cnnsearch.search.api import search

    result = search(
        space,
        data,
        study=study,
        runs=runs,
        trials=trials,
        timeout=seconds(timeout) if timeout else None,
        epochs=epochs,
        seed=seed,
        sampler=sampler,
        pruner=pruner,
        objective=objective,
        workers=workers,
        backend=backend,
        precision=precision,
        image_size=image_size(size) if size else None,
        baselines=baselines,
        tracking_uri=tracking_uri,
        overrides=assignments(overrides or []),
    )
    conclude(result)
