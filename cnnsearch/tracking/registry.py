"""Download of a registered model from MLflow's registry into a folder; it is not loaded here."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.models import Model

from cnnsearch.errors import StudyError
from cnnsearch.tracking.champion import METADATA
from cnnsearch.tracking.failures import tracking_errors
from cnnsearch.tracking.places import present_places


@dataclass(frozen=True)
class Fetched:
    """A downloaded model.

    Attributes:
        model: The unchecked `.keras` file.
        description: The unchecked description of the bundle: version, input and task.
    """

    model: Path
    description: dict[str, Any]


def fetch(address: str, tracking_uri: str, folder: Path) -> Fetched:
    """Download a model.

    Args:
        address: The address, such as `models:/NAME@champion` or `models:/NAME/1`.
        tracking_uri: MLflow's server or database.
        folder: The target folder; it must exist.

    Raises:
        SearchError: There is no such model, or the server cannot be reached.
        StudyError: It is not a model registered by cnnsearch.
    """
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with present_places(tracking_uri) as uri, tracking_errors(tracking_uri):
        mlflow.set_tracking_uri(uri)
        local = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=str(folder)))
    model, description = local / "data" / "model.keras", (Model.load(str(local)).metadata or {}).get(METADATA)
    if not model.is_file() or not isinstance(description, dict):
        raise StudyError(
            f"{address}: not a model registered by cnnsearch; "
            "run `cnnsearch finish STUDY` to register a study's champion"
        )
    return Fetched(model, description)
