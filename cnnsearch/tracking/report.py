"""Logging of a report to the study's run in MLflow, in a separate process."""

from cnnsearch.study.folder import Study
from cnnsearch.study.lock import is_driven
from cnnsearch.study.storage import FIGURES
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.mirror import Mirror


def log_report(study: Study) -> None:
    """Log a study's report and figures, replacing older ones. A study without trials has no run.

    Raises:
        SearchError: The tracking server cannot be reached, or rejects the request.
    """
    records = study.records()
    if not len(records):
        return
    mirror = Mirror(study)
    store = mirror.store
    with tracking_errors(store.uri):
        store.client.log_artifact(store.parent, str(study.report))
        if (study.path / FIGURES).is_dir():
            store.client.log_artifacts(store.parent, str(study.path / FIGURES), FIGURES)
    if not is_driven(study.path):
        mirror.sync_study(records, live=False)  # `store.parent` has set the status to running
