"""A registered model, fetched from MLflow's registry into a folder; nothing of it is loaded here."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.models import Model

from cnnsearch.errors import StudyError
from cnnsearch.tracking.champion import METADATA
from cnnsearch.tracking.failures import tracking_errors


@dataclass(frozen=True)
class Fetched:
    """A model that came from somewhere.

    Attributes:
        model: The `.keras` file; nobody has checked it.
        description: What it says of itself: the bundle's version, input and labels.
    """

    model: Path
    description: dict[str, Any]


def fetch(address: str, tracking_uri: str, folder: Path) -> Fetched:
    """Downloads a model.

    Args:
        address: Such as `models:/NAME@champion` or `models:/NAME/1`.
        tracking_uri: MLflow's server or database.
        folder: Where to; it exists.

    Raises:
        SearchError: There is no such model, or the server cannot be reached.
        StudyError: It is no model that cnnsearch has registered.
    """
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with tracking_errors(tracking_uri):
        mlflow.set_tracking_uri(tracking_uri)
        local = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=str(folder)))
    model, description = local / "data" / "model.keras", (Model.load(str(local)).metadata or {}).get(METADATA)
    if not model.is_file() or not isinstance(description, dict):
        raise StudyError(
            f"{address}: is no model of cnnsearch, or of an older version; "
            "`cnnsearch finish STUDY` registers a study's champion again"
        )
    return Fetched(model, description)
