"""Prediction from the command line: find the bundle, and start the process with Keras."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cnnsearch.errors import SettingsError, StudyError
from cnnsearch.predict.bundles import REGISTRY
from cnnsearch.predict.request import Predictions, PredictionStart, PredictRequest
from cnnsearch.rpc import Call
from cnnsearch.study.credentials import TRACKING_URI, environment_for, without_credentials
from cnnsearch.study.folder import find_study
from cnnsearch.study.storage import MLFLOW, SETTINGS, own_tracking_uri
from cnnsearch.training.backend import environment

_ANSWERS: TypeAdapter[PredictionStart | Predictions] = TypeAdapter(PredictionStart | Predictions)


def request_for(
    bundle: str, paths: Sequence[Path], *, runs: Path, tracking_uri: str = "", **options: Any
) -> PredictRequest:
    """Return the request for a bundle: a folder, a study's name or path, or `models:/NAME@ALIAS`.

    `options` are further fields of the request.

    Raises:
        StudyError: It is none of them.
        SettingsError: The tracking URI is invalid.
    """
    if bundle.startswith(REGISTRY):
        return PredictRequest(
            bundle=bundle, tracking_uri=_address(tracking_uri, runs), paths=tuple(paths), **options
        )
    folder = Path(bundle)
    is_study = any((place / SETTINGS).is_file() for place in (runs / bundle, folder))
    if folder.is_dir() and not is_study:
        return PredictRequest(bundle=str(folder.resolve()), paths=tuple(paths), **options)
    study = find_study(bundle, runs)
    if not study.best.exists():
        raise StudyError(f"{study.name} has no bundle yet; run `cnnsearch finish {study.name}` to make it")
    return PredictRequest(bundle=str(study.best), is_own=True, paths=tuple(paths), **options)


def predict(request: PredictRequest) -> Iterator[PredictionStart | Predictions]:
    """Predict in a separate process; yield the number of examples, then each batch.

    Raises:
        InputError: The bundle or a path is invalid.
        SearchError: The registry cannot be reached, or the process died.
    """
    settings = environment_for(request.tracking_uri) | environment("tensorflow")
    with Call(
        "cnnsearch.predict.predict:predict_batches", request, _ANSWERS, environment=settings
    ) as answers:
        yield from answers


def _address(tracking_uri: str, runs: Path) -> str:
    tracking_uri = tracking_uri or os.environ.get(TRACKING_URI, "")
    if not tracking_uri:
        if not (runs / MLFLOW).exists():  # MLflow would create it
            raise StudyError(f"{runs}: no {MLFLOW}; run a search there, or give --tracking-uri")
        return own_tracking_uri(runs)
    try:
        return without_credentials(tracking_uri)
    except ValueError as error:
        raise SettingsError(f"--tracking-uri: {error}") from None
