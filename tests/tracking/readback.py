"""The content of MLflow, read through its client."""

from mlflow import MlflowClient

NOLOAD = "ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning"
"""MLflow's own tables use what SQLAlchemy will remove; a filter for tests that open a store."""


def runs_of(uri, name):
    """Return all runs of an experiment: the study's own, then by trial."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(name)
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    return sorted(runs, key=lambda run: int(run.data.tags.get("cnnsearch.trial", -1)))


def run_of(uri, name, trial):
    """Return the run of one trial."""
    return next(run for run in runs_of(uri, name) if run.data.tags.get("cnnsearch.trial") == str(trial))


def history(uri, run, metric):
    """Return `(step, seconds, value)` of every entry of a metric."""
    entries = MlflowClient(uri).get_metric_history(run.info.run_id, metric)
    return sorted((entry.step, entry.timestamp / 1000, entry.value) for entry in entries)


def artifacts_of(uri, run):
    """Return the names of a run's artifacts."""
    return sorted(file.path for file in MlflowClient(uri).list_artifacts(run.info.run_id))


def everything(uri, name):
    """Return the content of an experiment's runs, for comparison."""
    return [
        {
            "info": dict(run.info),
            "tags": run.data.tags,
            "params": run.data.params,
            "metrics": {metric: history(uri, run, metric) for metric in run.data.metrics},
            "artifacts": artifacts_of(uri, run),
            "datasets": [(entry.dataset.name, entry.dataset.digest) for entry in run.inputs.dataset_inputs],
        }
        for run in runs_of(uri, name)
    ]
