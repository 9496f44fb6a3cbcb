"""What every format's module offers: write a model to a path, load it again in the format's own runtime."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.errors import SearchError
from cnnsearch.export.comparison import Run
from cnnsearch.tasks.base import Task


class NotConvertibleError(SearchError):
    """A network has an operation that a format does not have."""


@dataclass(frozen=True, eq=False)
class Network:
    """What a format needs to know of a network.

    Attributes:
        model: The Keras model.
        task: What the network is for.
        shape: One example's, as it was trained, channels last; the model's own may be open.
        calibration: Raw training examples `(examples, *shape)`, for int8.
    """

    model: Any
    task: Task
    shape: tuple[int, ...]
    calibration: NDArray[np.float32]


class Writer(ABC):
    """One format.

    Attributes:
        suffix: Of its files, which some libraries insist on; empty for a folder.
        packages: Whose versions are recorded as the runtime's.
        batch: How many examples its runtime takes at once in the comparison.
    """

    suffix: str
    packages: tuple[str, ...]
    batch = 64

    @abstractmethod
    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Writes the file.

        Raises:
            NotConvertibleError: The network has an operation that the format does not have.
        """

    @abstractmethod
    def load(self, path: Path) -> Run:
        """The file, loaded in its own runtime."""


def predict_in_batches(run: Run, x: NDArray[np.float32], batch: int) -> NDArray[Any]:
    """The answers to all examples, some at a time."""
    return np.concatenate([run(x[start : start + batch]) for start in range(0, len(x), batch)])


def runtime_of(packages: Sequence[str]) -> str:
    """Packages and their versions, in words."""
    return ", ".join(f"{name} {version(name)}" for name in packages)
