"""The bundle's model in MLflow's registry; logged only by processes with Keras."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature, set_signature
from mlflow.types import Schema, TensorSpec
from numpy.typing import NDArray

from cnnsearch.data.layout import describe_shape
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.study.folder import Study
from cnnsearch.study.storage import read_json
from cnnsearch.tracking.entries import mlflow_time
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.store import RunStore
from cnnsearch.training.backend import versions

CHAMPION = "champion"
BUNDLE = "cnnsearch.bundle"
"""The tag of a complete version: the hash of its bundle."""
TRIAL_RUN = "cnnsearch.trial_run"
"""The tag of a version with the run id of its trial."""
METADATA = "cnnsearch"
"""The key of the bundle's description in the model's metadata: the task and the input."""


def is_registered(study: Study, digest: str) -> bool:
    """Return whether a bundle is completely registered as the champion; nothing is written.

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
        tags = store.client.get_model_version(study.name, number).tags if number else {}
        return tags.get(BUNDLE) == digest and _is_active(store.client, tags[TRIAL_RUN])


def _is_active(client: MlflowClient, run_id: str) -> bool:
    """Return whether a run is not deleted."""
    return bool(client.get_run(run_id).info.lifecycle_stage == "active")


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
    """Log the model to the study's run, and register it under the study's name with the alias `champion`.

    Args:
        study: The study's folder.
        model: The bundle's keras.Model.
        digest: The hash of the bundle; set as a tag of the version once everything else is written.
        trial: The number of the trial; the id of its run is set as a tag of the version.
        example: Raw examples, logged beside the model, since MLflow's own example fails with Keras models.
        predictions: The predictions of the model for them.
        metrics: The scores of the bundle.

    Raises:
        SearchError: The tracking server cannot be reached, or rejects the request.
    """
    mirror = Mirror(study)
    mirror.sync()
    store = mirror.store
    with tracking_errors(store.uri):
        mlflow.set_tracking_uri(store.uri)
        run = store.client.get_run(store.parent).info
        mlflow.set_experiment(experiment_id=run.experiment_id)  # otherwise the model's files go to ./mlruns
        logged = Model.log(  # like mlflow.keras.log_model, but without changing the status of the run
            artifact_path=None,
            name=CHAMPION,
            flavor=mlflow.keras,
            model=model,
            registered_model_name=study.name,
            run_id=store.parent,
            pip_requirements=_requirements(study),
            metadata={METADATA: _described(study)},
        )
        set_signature(logged.model_uri, _signature(predictions))
        now = mlflow_time(time.time())
        data = store.dataset.dataset
        links = {"model_id": logged.model_id, "dataset_name": data.name, "dataset_digest": data.digest}
        entries = [Metric(name, v, now, 0, **links) for name, v in metrics.items()]
        store.client.log_batch(store.parent, metrics=entries)
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder, "example.npy"), example)
            store.client.log_artifacts(store.parent, folder)
        version = logged.registered_model_version
        store.client.update_model_version(study.name, str(version), description=_in_words(study))
        source = store.trial_run(study.records()[trial]).run_id
        store.client.set_model_version_tag(study.name, str(version), TRIAL_RUN, source)
        store.client.set_model_version_tag(study.name, str(version), BUNDLE, digest)
        store.client.set_registered_model_alias(study.name, CHAMPION, version)


def _signature(predictions: NDArray[Any]) -> ModelSignature:
    """Return the signature of the outputs.

    That of an input would make MLflow reject examples of every other type, such as the 64-bit numbers that a
    client's JSON gives; the network converts them. The shape and the range are in the version's description.
    """
    outputs = TensorSpec(predictions.dtype, (-1, *predictions.shape[1:]))
    return ModelSignature(outputs=Schema([outputs]))


def _in_words(study: Study) -> str:
    """Describe the input and the output of the network."""
    summary = DatasetSummary.model_validate(study.data_summary)
    axes = ", ".join(map(str, ("n", *summary.input_shape)))
    return (
        f"Takes {describe_shape(summary.input_shape)}, as ({axes}), values {summary.values.text} "
        f"({summary.values.reason}), of any numeric type; gives {summary.task.output}, in the order of "
        "labels.json."
    )


def _described(study: Study) -> dict[str, Any]:
    """Return the description of the bundle, for use of the model without its folder."""
    described: dict[str, Any] = read_json(study.best / "bundle.json")
    return described


def _requirements(study: Study) -> list[str]:
    """Return the requirements; without them MLflow would load the model in another process to infer them."""
    used = versions(study.settings.backend)
    return [f"{name}=={version}" for name, version in used.items() if name != "python"]
