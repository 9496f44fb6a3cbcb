"""`cnnsearch finish`: make a study's bundle again."""

from cnnsearch.cli.importing import importing
from cnnsearch.cli.options import (
    DEFAULT_RUNS,
    Finalists,
    FinalSeeds,
    MaxLatency,
    NoReport,
    Pick,
    Quiet,
    Refit,
    Runs,
    StudyName,
    Verbose,
    latency,
)


def run(
    study: StudyName,
    finalists: Finalists = None,
    final_seeds: FinalSeeds = None,
    pick: Pick = None,
    max_latency: MaxLatency = None,
    refit: Refit = None,
    no_report: NoReport = False,
    runs: Runs = DEFAULT_RUNS,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Make a study's bundle again: retrain the finalists over several seeds, choose the champion, test it.

    Options that are not given are the study's. The numbers of finalists and seeds are kept whatever time they
    take if they are given here; otherwise the limit is a quarter of the search's time.
    """
    with importing():
        from cnnsearch.api import finish
        from cnnsearch.cli.outcome import conclude

    result = finish(
        study,
        runs=runs,
        finalists=finalists,
        final_seeds=final_seeds,
        pick=pick,
        max_latency=latency(max_latency) if max_latency else None,
        refit=refit,
    )
    conclude(result, is_reported=not no_report)
