"""`cnnsearch finish`: makes a study's bundle again."""

from cnnsearch.cli.options import DEFAULT_RUNS, Runs, StudyName


def run(study: StudyName, runs: Runs = DEFAULT_RUNS) -> None:
    """Make a study's bundle again, from its best trial."""
    from cnnsearch.cli.outcome import conclude
    from cnnsearch.search.api import StudyResult
    from cnnsearch.search.finishing import finish_apart
    from cnnsearch.search.study import find_study

    found = find_study(study, runs)
    finish_apart(found)
    conclude(StudyResult(found))
