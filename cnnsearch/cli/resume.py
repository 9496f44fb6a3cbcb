"""`cnnsearch resume`: continue a study."""

from typing import Annotated, Any

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import DEFAULT_RUNS, DataRoot, NoReport, Quiet, Runs, StudyName, Verbose, seconds


def run(
    study: StudyName,
    trials: Annotated[
        int | None,
        typer.Option(help="New number of trials, those already done included.", metavar="N"),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            help="Additional time, such as 90s or 10m.", metavar="10m", show_default="the time that was left"
        ),
    ] = None,
    sampler: Annotated[
        str | None, typer.Option(help="New sampler; it learns from all trials so far.", metavar="NAME")
    ] = None,
    pruner: Annotated[str | None, typer.Option(help="New pruner.", metavar="NAME")] = None,
    space: Annotated[
        str | None,
        typer.Option(help="New space, such as an extended one; trials so far are kept.", metavar="SPACE"),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="The study's dataset, if it is in another place now.", metavar="DATA"),
    ] = None,
    data_root: DataRoot = None,
    no_report: NoReport = False,
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Continue an interrupted study, or give a finished one a larger budget."""
    with importing():
        from cnnsearch.api import resume
        from cnnsearch.cli.outcome import conclude
        from cnnsearch.study.folder import find_study

    changes: dict[str, Any] = {"trials": trials, "sampler": sampler, "pruner": pruner}
    if timeout is not None:
        changes["timeout"] = find_study(study, runs).seconds + seconds(timeout)
    result = resume(study, runs=runs, space=space, data=data, data_root=data_root, **changes)
    conclude(result, is_reported=not no_report)
