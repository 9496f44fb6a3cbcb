"""The bundle's model in MLflow's registry; called by the finishing process alone, which has Keras."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.entities import Metric
from mlflow.models import Model, infer_signature
from numpy.typing import NDArray

from cnnsearch.search.study import Study
from cnnsearch.tracking.entries import milliseconds
from cnnsearch.tracking.failures import told
from cnnsearch.tracking.mirror import Mirror
from cnnsearch.training.backend import versions

CHAMPION = "champion"


def log_champion(
    study: Study,
    model: Any,
    *,
    example: NDArray[Any],
    probabilities: NDArray[Any],
    metrics: Mapping[str, float],
) -> None:
    """Logs the model on the study's run and registers it under the study's name, as `champion`.

    Args:
        study: The study's folder.
        model: The bundle's keras.Model.
        example: Raw examples; logged beside the model, for MLflow's own example fails on Keras models.
        probabilities: What the model answers to them.
        metrics: The bundle's figures.

    Raises:
        SearchError: The tracking server cannot be reached, or refuses.
    """
    mirror = Mirror(study)
    mirror.sync()
    store = mirror.store
    with told(store.uri):
        mlflow.set_tracking_uri(store.uri)
        run = store.client.get_run(store.parent).info
        mlflow.set_experiment(experiment_id=run.experiment_id)  # else the model's files go to ./mlruns
        logged = Model.log(  # as mlflow.keras.log_model does, but on a run that stays as it is
            artifact_path=None,
            name=CHAMPION,
            flavor=mlflow.keras,
            model=model,
            signature=infer_signature(example, probabilities),
            registered_model_name=study.name,
            run_id=store.parent,
            pip_requirements=_requirements(study),
        )
        store.client.set_registered_model_alias(study.name, CHAMPION, logged.registered_model_version)
        now = milliseconds(time.time())
        figures = [Metric(name, v, now, 0, model_id=logged.model_id) for name, v in metrics.items()]
        store.client.log_batch(store.parent, metrics=figures)
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder, "example.npy"), example)
            store.client.log_artifacts(store.parent, folder)


def _requirements(study: Study) -> list[str]:
    """Named, so that MLflow does not load the model in a further process to find them out."""
    used = versions(study.settings.backend)
    return [f"{name}=={version}" for name, version in used.items() if name != "python"]
