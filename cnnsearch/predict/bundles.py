"""The bundle used for predictions: a folder, or a model in MLflow's registry. No Keras here."""

from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from cnnsearch.bundle.files import VERSION, InputForm, read_bundle_files
from cnnsearch.errors import StudyError
from cnnsearch.predict.request import PredictRequest
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.registry import AnyTask

REGISTRY = "models:/"


class PredictionModel(NamedTuple):
    """The model used for predictions.

    Attributes:
        model: The model's file.
        task: The task of the network.
        form: The input of the network.
        place: The bundle as named by the user.
    """

    model: Path
    task: Task
    form: InputForm
    place: str


class _Description(BaseModel):
    version: int
    task: AnyTask
    input: InputForm


def read_bundle(request: PredictRequest, folder: Path) -> PredictionModel:
    """Find the model of a request.

    Args:
        request: The request, which names the bundle.
        folder: The folder for downloads from a registry.

    Raises:
        StudyError: It is not a bundle, or a damaged one.
        SearchError: The registry cannot be reached, or has no such model.
    """
    if request.bundle.startswith(REGISTRY):
        return _registered(request, folder)
    files = read_bundle_files(Path(request.bundle))
    return PredictionModel(files.model, files.task, files.form, request.bundle)


def _registered(request: PredictRequest, folder: Path) -> PredictionModel:
    from cnnsearch.tracking.registry import fetch  # imports mlflow, which bundles in folders do not need

    fetched = fetch(request.bundle, request.tracking_uri, folder)
    try:
        description = _Description.model_validate(fetched.description)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise StudyError(f"{request.bundle}: its metadata are damaged ({place}: {fault['msg']})") from None
    if description.version != VERSION:
        raise StudyError(f"{request.bundle}: found version {description.version}; expected version {VERSION}")
    return PredictionModel(fetched.model, description.task, description.input, request.bundle)
