"""`cnnsearch resume`: goes on with a study."""

from typing import Annotated, Any

import typer

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import DEFAULT_RUNS, NoReport, Runs, StudyName, seconds


def run(
    study: StudyName,
    trials: Annotated[
        int | None,
        typer.Option(help="A new number of trials in all, those done already included.", metavar="N"),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(help="Search for so much longer: 90s, 10m. Default: what was left.", metavar="TIME"),
    ] = None,
    sampler: Annotated[
        str | None, typer.Option(help="Another sampler; it learns from all trials so far.", metavar="NAME")
    ] = None,
    pruner: Annotated[str | None, typer.Option(help="Another pruner.", metavar="NAME")] = None,
    space: Annotated[
        str | None,
        typer.Option(help="A space in the study's place, such as one that has grown.", metavar="SPACE"),
    ] = None,
    no_report: NoReport = False,
    runs: Runs = DEFAULT_RUNS,
) -> None:
    """Go on with a study, or give it a larger budget."""
    with importing():
        from cnnsearch.api import resume
        from cnnsearch.cli.outcome import conclude
        from cnnsearch.study.folder import find_study

    changes: dict[str, Any] = {"trials": trials, "sampler": sampler, "pruner": pruner}
    if timeout is not None:
        changes["timeout"] = find_study(study, runs).seconds + seconds(timeout)
    result = resume(study, runs=runs, space=space, **changes)
    conclude(result, is_reported=not no_report)
