"""runs/STUDY/best: a self-contained model with its labels, its description and its figures."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.files import LABELS, MODEL, read_bundle_files
from cnnsearch.bundle.metrics import Metrics
from cnnsearch.bundle.model_files import load_model
from cnnsearch.files import unfinished
from cnnsearch.study.storage import METRICS, write_json


@dataclass(frozen=True, eq=False)
class Bundle:
    """A trained network, ready for use.

    Attributes:
        model: Raw examples `(batch, *spatial, channels)` in, predictions `(batch, channels)` out.
        labels: The classes, tags or columns; an output's place is a position here.
        metrics: What was measured on it; `metrics["test_accuracy"]` is one of its figures.
        path: The folder.
    """

    model: keras.Model
    labels: tuple[str, ...]
    metrics: Metrics
    path: Path


def load_bundle(path: str | Path, *, trusted: bool = False) -> Bundle:
    """Loads a bundle.

    Args:
        path: `runs/STUDY/best`, wherever it has been moved.
        trusted: Whether this machine made the bundle; that spares the trial load of `load_model`.

    Raises:
        StudyError: The folder holds no bundle, a damaged one, one of another version, or one whose model is
            refused.
    """
    files = read_bundle_files(Path(path))
    return Bundle(load_model(files.model, trusted=trusted), files.task.names, files.metrics, files.path)


def write_bundle(
    path: Path,
    model: keras.Model,
    metrics: Metrics,
    contents: Mapping[str, Any],
    arrays: Mapping[str, Mapping[str, NDArray[Any]]] | None = None,
) -> Bundle:
    """Writes a bundle beside its place, then moves it there; an older one goes.

    Args:
        path: Where the bundle will stand.
        model: A model that is not compiled, so that no optimizer's state is saved.
        metrics: The content of metrics.json.
        contents: The other JSON files by name; labels.json among them.
        arrays: The .npz files by name.
    """
    folder = unfinished(path)
    folder.mkdir()
    try:
        model.save(folder / MODEL)
        _flush(folder / MODEL)
        for name, content in {**contents, METRICS: metrics.model_dump(mode="json")}.items():
            write_json(folder / name, content)
        for name, content in (arrays or {}).items():
            np.savez_compressed(folder / name, allow_pickle=False, **content)
            _flush(folder / name)
        _put_in_place(folder, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Bundle(model, tuple(contents[LABELS]), metrics, path)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _put_in_place(folder: Path, path: Path) -> None:
    """Move a folder to its place; one that is not empty cannot be replaced, so an older one goes first."""
    older = unfinished(path)
    if path.exists():
        path.rename(older)
    folder.rename(path)
    shutil.rmtree(older, ignore_errors=True)
