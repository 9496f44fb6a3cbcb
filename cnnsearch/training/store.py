"""The files that a job reads and leaves, by name: datasets, checkpoints, weights.

A job names a dataset and a place for each member's files, not folders: each worker has a store, which finds
them.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from cnnsearch.files import replacing

CHECKPOINT, WEIGHTS = "checkpoint.npz", "weights.npz"
"""The files of a training: the state after an epoch, and the best weights."""


class Files(Protocol):
    """The files of one training, by name."""

    def read(self, name: str) -> Path | None:
        """Return a file to read, or None if there is none."""

    def write(self, name: str, *, durable: bool = True) -> AbstractContextManager[BinaryIO]:
        """Replace a file atomically by what is written within the context; an exception keeps the old one.

        Args:
            name: The file.
            durable: Whether the file must survive a power cut.
        """

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""


class Store(Protocol):
    """The files of a study, as a worker sees them."""

    def dataset(self, name: str) -> Path:
        """Return the folder of a stored dataset."""

    def files(self, place: str) -> Files:
        """Return the files of a training.

        Args:
            place: Its folder, relative to the study's, such as `trials/0003`.
        """


@dataclass(frozen=True)
class Folder:
    """The files in a folder.

    Attributes:
        path: The folder.
    """

    path: Path

    def read(self, name: str) -> Path | None:
        file = self.path / name
        return file if file.exists() else None

    def write(self, name: str, *, durable: bool = True) -> AbstractContextManager[BinaryIO]:
        return replacing(self.path / name, durable=durable)

    def remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


@dataclass(frozen=True)
class FolderStore:
    """Files on a disk that the driver and the worker share, used in place.

    Attributes:
        study: The study's folder.
        datasets: The folder of the stored datasets.
    """

    study: Path
    datasets: Path

    def dataset(self, name: str) -> Path:
        return self.datasets / name

    def files(self, place: str) -> Folder:
        return Folder(self.study / place)
