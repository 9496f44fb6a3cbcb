"""Nested MLflow runs of the trainings of finalists, each written once it has ended."""

from mlflow.entities import Metric

from cnnsearch.study.finalists import Finalists, Retraining
from cnnsearch.study.folder import Study
from cnnsearch.tracking import entries
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.store import RunStore, TrialRun


def sync_finalists(study: Study, store: RunStore) -> None:
    """Update the finalists' runs; idempotent.

    Raises:
        SearchError: The tracking server cannot be reached, or rejects the request.
    """
    for retraining in Finalists(study).all():
        if retraining.result is not None:
            with tracking_errors(store.uri):
                _sync(study, store, retraining)


def _sync(study: Study, store: RunStore, retraining: Retraining) -> None:
    place, digest = (retraining.begun.trial, retraining.begun.seed), entries.digest(retraining)
    run = store.retraining_runs.get(place)
    if run is not None and run.digest == digest:
        return
    if run is not None and run.digest:  # the training was repeated
        store.client.delete_run(run.run_id)
        run = None
    if run is None:
        run = store.retraining_runs[place] = store.create_retraining_run(retraining.begun)
        store.client.log_inputs(run.run_id, [store.dataset])
    _write(study, store, run, retraining)
    store.client.log_batch(
        run.run_id, tags=entries.tags({"digest": digest})
    )  # last: marks the run as complete
    run.digest = digest


def _write(study: Study, store: RunStore, run: TrialRun, retraining: Retraining) -> None:
    result, objective, epochs = retraining.result, study.settings.objective, study.settings.most_epochs
    assert result is not None
    ended = entries.mlflow_time(result.ended)
    metrics = entries.curve(retraining, objective, epochs, after=run.step)
    if result.value is not None and not retraining.begun.is_refit:
        metrics.append(Metric(f"best_{objective}", result.value, ended, 0))
    state = {"state": result.state.value, "reason": result.reason}
    store.client.log_batch(run.run_id, metrics, tags=entries.tags(state))
    store.client.set_terminated(
        run.run_id, "FINISHED" if retraining.is_complete else "FAILED", end_time=ended
    )
