"""The interface of a format: write a model to a path, and load it in the format's own runtime."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.data.values import ValueRange
from cnnsearch.errors import SearchError
from cnnsearch.export.comparison import Run
from cnnsearch.tasks.base import Task


class NotConvertibleError(SearchError):
    """A network has an operation that a format does not support."""


@dataclass(frozen=True, eq=False)
class Network:
    """A network to export.

    Attributes:
        model: The Keras model.
        task: The task of the network.
        shape: The shape of one training example, channels last; the model's input may have an open size.
        values: The range of the training data's values.
        calibration: Raw training examples `(examples, *shape)`, for int8.
    """

    model: Any
    task: Task
    shape: tuple[int, ...]
    values: ValueRange
    calibration: NDArray[np.float32]


class Writer(ABC):
    """One format.

    Attributes:
        suffix: The suffix of its files, which some libraries require; empty for a folder.
        packages: The packages whose versions are recorded as the runtime.
        batch: The batch size of the comparison.
    """

    suffix: str
    packages: tuple[str, ...]
    batch = 64

    @abstractmethod
    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Write the file.

        Raises:
            NotConvertibleError: The network has an operation that the format does not support.
        """

    @abstractmethod
    def load(self, path: Path) -> Run:
        """Load the file in its own runtime."""


def predict_in_batches(run: Run, x: NDArray[np.float32], batch: int) -> NDArray[Any]:
    """Return the predictions for all examples, computed in batches."""
    return np.concatenate([run(x[start : start + batch]) for start in range(0, len(x), batch)])


def runtime_of(packages: Sequence[str]) -> str:
    """Return packages and their versions in words."""
    return ", ".join(f"{name} {version(name)}" for name in packages)
