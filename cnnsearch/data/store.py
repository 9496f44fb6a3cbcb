"""Splits as files that workers memory-map; the test split is in a separate folder, for `sealed.py` only."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
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
    """The parts of a stored dataset that a search uses; the arrays are memory-mapped, read-only."""

    summary: DatasetSummary
    train: Split
    validation: Split


@dataclass(frozen=True)
class Key:
    """The identity of a stored dataset: fields of `DatasetSummary`, its task, and a given range."""

    fingerprint: str
    split_seed: int
    split_origin: str
    channel_mode: str
    image_size: tuple[int, int] | None
    grouped_by: tuple[str, ...]
    skipped: int
    split_by: str
    task: str
    value_range: tuple[float, float] | None

    @classmethod
    def of(cls, summary: DatasetSummary) -> "Key":
        """Return the key of a summary."""
        derived = {
            "task": summary.task.type,
            "value_range": summary.values.ends if summary.values.origin == "given" else None,
        }
        names = (field.name for field in fields(cls) if field.name not in derived)
        return cls(**{name: getattr(summary, name) for name in names} | derived)

    @property
    def folder_name(self) -> str:
        """Name of the folder, from the content and the settings of reading and splitting."""
        digest = hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()
        return f"{self.fingerprint[:16]}-{digest[:8]}"


def write_splits(directory: Path, summary: DatasetSummary, splits: Mapping[str, Split]) -> Path:
    """Write a dataset atomically into a folder below `directory`.

    An existing folder of the same content and settings is reused; `directory` is created if missing.

    Returns:
        The folder, named by the fingerprint and the settings of reading and splitting.
    """
    folder = directory / Key.of(summary).folder_name
    if folder.is_dir():
        return folder
    with unfinished_folder(directory) as unfinished:
        for part, split in splits.items():
            for path, array in zip(array_paths(unfinished, part), (split.x, split.y), strict=True):
                _write_array(path, array)
        return put_in_place(unfinished, summary, directory)


@contextmanager
def unfinished_folder(directory: Path) -> Iterator[Path]:
    """Provide a hidden folder to write a dataset to; it is deleted on exit unless moved into place."""
    folder = directory / f".unfinished-{uuid4().hex}"
    try:
        for part in _PLACES:
            array_paths(folder, part)[0].parent.mkdir(parents=True, exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(unfinished: Path, summary: DatasetSummary, directory: Path) -> Path:
    """Add the summary to written arrays, and rename the folder to its final name."""
    (unfinished / _SUMMARY).write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    folder = directory / Key.of(summary).folder_name
    try:
        unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process stored the same data first
            raise
    return folder


def array_paths(folder: Path, part: str) -> tuple[Path, Path]:
    """Return the paths of the examples and targets of a part."""
    place = folder / _PLACES[part]
    return place / f"x_{part}.npy", place / f"y_{part}.npy"


def open_stored(folder: Path) -> StoredData:
    """Map the training and validation splits that `Dataset.store` wrote.

    Raises:
        DataError: The folder has no stored dataset.
    """
    return StoredData(read_summary(folder), map_split(folder, "train"), map_split(folder, "validation"))


def read_summary(folder: Path) -> DatasetSummary:
    """Read the summary of a stored dataset.

    Raises:
        DataError: The folder has no stored dataset.
    """
    try:
        return DatasetSummary.model_validate_json((folder / _SUMMARY).read_bytes())
    except FileNotFoundError:
        raise DataError(
            f"{folder}: found no stored dataset; expected a folder that Dataset.store returned."
        ) from None


def map_split(folder: Path, part: str) -> Split:
    """Map the arrays of a part, read-only; other modules open `test` with `open_test`."""
    x, y = (np.load(path, mmap_mode="r", allow_pickle=False) for path in array_paths(folder, part))
    return Split(x, y)


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
