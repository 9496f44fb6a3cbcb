"""The splits as files that any number of workers map; the test split lies apart, for sealed.py alone."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.summary import DatasetSummary, Split
from cnnsearch.errors import DataError

_SUMMARY = "summary.json"
_PLACES = {"train": "", "validation": "", "test": "sealed"}


@dataclass(frozen=True, eq=False)
class StoredData:
    """What a search may see of a stored dataset; the arrays are mapped from files, read-only."""

    summary: DatasetSummary
    train: Split
    validation: Split


def write_splits(directory: Path, summary: DatasetSummary, splits: Mapping[str, Split]) -> Path:
    """Writes a dataset into a folder of its own below `directory`, all of it or nothing.

    A folder of the same content and settings is reused as it is; `directory` is made where missing.

    Returns:
        The folder, named after the fingerprint and the settings of reading and splitting.
    """
    folder = directory / f"{summary.fingerprint[:16]}-{_settings_hash(summary)}"
    if folder.is_dir():
        return folder
    unfinished = directory / f".{folder.name}-{uuid4().hex}"
    try:
        _write_files(unfinished, summary, splits)
        _put_in_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def open_stored(folder: Path) -> StoredData:
    """Maps the training and validation splits that `Dataset.store` wrote.

    Raises:
        DataError: There is no stored dataset in the folder.
    """
    return StoredData(read_summary(folder), map_split(folder, "train"), map_split(folder, "validation"))


def read_summary(folder: Path) -> DatasetSummary:
    """Reads the summary of a stored dataset.

    Raises:
        DataError: There is no stored dataset in the folder.
    """
    try:
        return DatasetSummary.model_validate_json((folder / _SUMMARY).read_bytes())
    except FileNotFoundError:
        raise DataError(
            f"{folder}: no stored dataset; a folder that Dataset.store returned was expected."
        ) from None


def map_split(folder: Path, part: str) -> Split:
    """Maps one part's arrays, read-only. For `test`, `open_test` is the door that others use."""
    x, y = (np.load(path, mmap_mode="r", allow_pickle=False) for path in _array_paths(folder, part))
    return Split(x, y)


def _settings_hash(summary: DatasetSummary) -> str:
    settings = (summary.split_seed, summary.split_origin, summary.channel_mode, summary.image_size)
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:8]


def _array_paths(folder: Path, part: str) -> tuple[Path, Path]:
    place = folder / _PLACES[part]
    return place / f"x_{part}.npy", place / f"y_{part}.npy"


def _write_files(folder: Path, summary: DatasetSummary, splits: Mapping[str, Split]) -> None:
    for part, split in splits.items():
        for path, array in zip(_array_paths(folder, part), (split.x, split.y), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_array(path, array)
    (folder / _SUMMARY).write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process stored the same data first, and its files serve
            raise
