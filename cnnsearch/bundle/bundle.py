"""runs/STUDY/best: a self-contained model with its labels, description and metrics."""

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
        model: Maps raw examples `(batch, *spatial, channels)` to predictions `(batch, channels)`.
        labels: The classes, tags or columns, in the order of the outputs.
        metrics: The metrics of the network, such as `metrics["test_accuracy"]`.
        path: The folder.
    """

    model: keras.Model
    labels: tuple[str, ...]
    metrics: Metrics
    path: Path


def load_bundle(path: str | Path, *, trusted: bool = False) -> Bundle:
    """Load a bundle.

    Args:
        path: `runs/STUDY/best`, or a copy of it.
        trusted: Whether this machine made the bundle; if so, the trial load of `load_model` is skipped.

    Raises:
        StudyError: The folder holds no bundle, a damaged one, one of another version, or one with a refused
            model.
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
    """Write a bundle to a temporary folder, then move it into place, replacing an older one.

    Args:
        path: The folder of the bundle.
        model: An uncompiled model, so that no optimizer state is saved.
        metrics: The content of metrics.json.
        contents: The other JSON files by name, including labels.json.
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
    """Move a folder to its place; an older folder is moved away first, since rename needs an empty target."""
    older = unfinished(path)
    if path.exists():
        path.rename(older)
    folder.rename(path)
    shutil.rmtree(older, ignore_errors=True)
