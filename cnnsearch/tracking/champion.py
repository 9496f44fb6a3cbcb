"""The bundle's model in MLflow's registry; logged only by processes that have Keras."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.models import Model, infer_signature
from numpy.typing import NDArray

from cnnsearch.study.folder import Study
from cnnsearch.study.storage import read_json
from cnnsearch.tracking.entries import mlflow_time
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.store import RunStore
from cnnsearch.training.backend import versions

CHAMPION = "champion"
BUNDLE = "cnnsearch.bundle"
"""The tag of a version that is whole: which bundle it is."""
TRIAL_RUN = "cnnsearch.trial_run"
"""The tag of a version that names the run of the trial it comes from."""
METADATA = "cnnsearch"
"""The part of the model's metadata that says what its bundle's files say: the labels and the input."""


def is_registered(study: Study, digest: str) -> bool:
    """Whether a bundle is the registry's champion, with all that belongs to it. Nothing is written.

    Raises:
        SearchError: The tracking server cannot be reached.
    """
    store = RunStore(study)
    with tracking_errors(store.uri):
        try:
            number = store.client.get_registered_model(study.name).aliases.get(CHAMPION)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            number = None
        version = store.client.get_model_version(study.name, number) if number else None
    return version is not None and bool(version.tags.get(BUNDLE) == digest)


def log_champion(
    study: Study,
    model: Any,
    *,
    digest: str,
    trial: int,
    example: NDArray[Any],
    predictions: NDArray[Any],
    metrics: Mapping[str, float],
) -> None:
    """Logs the model on the study's run and registers it under the study's name, as `champion`.

    Args:
        study: The study's folder.
        model: The bundle's keras.Model.
        digest: Of the bundle; it stands on the version, once the rest is there.
        trial: The number of the trial that the network comes from; its run's id stands on the version too.
        example: Raw examples; logged beside the model, for MLflow's own example fails on Keras models.
        predictions: Of the model for them.
        metrics: The bundle's figures.

    Raises:
        SearchError: The tracking server cannot be reached, or refuses.
    """
    mirror = Mirror(study)
    mirror.sync()
    store = mirror.store
    with tracking_errors(store.uri):
        mlflow.set_tracking_uri(store.uri)
        run = store.client.get_run(store.parent).info
        mlflow.set_experiment(experiment_id=run.experiment_id)  # else the model's files go to ./mlruns
        logged = Model.log(  # as mlflow.keras.log_model does, but on a run that stays as it is
            artifact_path=None,
            name=CHAMPION,
            flavor=mlflow.keras,
            model=model,
            signature=infer_signature(example, predictions),
            registered_model_name=study.name,
            run_id=store.parent,
            pip_requirements=_requirements(study),
            metadata={METADATA: _described(study)},
        )
        now = mlflow_time(time.time())
        data = store.dataset.dataset
        seen = {"model_id": logged.model_id, "dataset_name": data.name, "dataset_digest": data.digest}
        figures = [Metric(name, v, now, 0, **seen) for name, v in metrics.items()]
        store.client.log_batch(store.parent, metrics=figures)
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder, "example.npy"), example)
            store.client.log_artifacts(store.parent, folder)
        version = logged.registered_model_version
        source = store.trial_run(study.records()[trial]).run_id
        store.client.set_model_version_tag(study.name, str(version), TRIAL_RUN, source)
        store.client.set_model_version_tag(study.name, str(version), BUNDLE, digest)
        store.client.set_registered_model_alias(study.name, CHAMPION, version)


def _described(study: Study) -> dict[str, Any]:
    """What whoever has the model alone needs to know of its bundle."""
    described: dict[str, Any] = read_json(study.best / "bundle.json")
    return described


def _requirements(study: Study) -> list[str]:
    """Named, so that MLflow does not load the model in a further process to find them out."""
    used = versions(study.settings.backend)
    return [f"{name}=={version}" for name, version in used.items() if name != "python"]
