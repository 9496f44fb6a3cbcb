"""A trial's state in a file: .npz without pickles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from cnnsearch.training.progress import Progress

VariableValues = Sequence[NDArray[Any]]
_PROGRESS = "progress"
_GROUPS = ("weights", "optimizer", "best_weights")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state that a trial needs to resume exactly.

    Everything else follows from the job: data, plan and, with the epoch, every random draw.
    """

    progress: Progress
    weights: VariableValues
    optimizer: VariableValues
    best_weights: VariableValues


def write_checkpoint(file: BinaryIO, checkpoint: Checkpoint) -> None:
    """Write a checkpoint to a file that is open for writing."""
    named = {_PROGRESS: np.array(checkpoint.progress.model_dump_json())}
    for group in _GROUPS:
        named |= {f"{group}/{i}": array for i, array in enumerate(getattr(checkpoint, group))}
    _write(file, named)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a file of `write_checkpoint`."""
    with np.load(path, allow_pickle=False) as file:
        progress = Progress.model_validate_json(file[_PROGRESS].item())
        groups = {group: _read_group(file, f"{group}/") for group in _GROUPS}
    return Checkpoint(progress, **groups)


def read_fold(path: Path) -> int:
    """Return the fold of a checkpoint."""
    with np.load(path, allow_pickle=False) as file:
        return Progress.model_validate_json(file[_PROGRESS].item()).fold


def write_weights(file: BinaryIO, weights: VariableValues) -> None:
    """Write a model's weights, in the order of `model.weights`, to a file that is open for writing."""
    _write(file, {f"weights/{i}": array for i, array in enumerate(weights)})


def read_weights(path: Path) -> list[NDArray[Any]]:
    """Read weights in the order that `model.set_weights` takes."""
    with np.load(path, allow_pickle=False) as file:
        return _read_group(file, "weights/")


def _read_group(file: Mapping[str, NDArray[Any]], prefix: str) -> list[NDArray[Any]]:
    count = sum(name.startswith(prefix) for name in file)
    return [file[f"{prefix}{i}"] for i in range(count)]


def _write(file: BinaryIO, arrays: Mapping[str, NDArray[Any]]) -> None:
    np.savez(file, **arrays)  # type: ignore[arg-type]  # no array is named allow_pickle
