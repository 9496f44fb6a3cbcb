"""The dataset that `load_data` returns and that is stored for the workers."""

import shutil
import weakref
from dataclasses import dataclass, field
from pathlib import Path

from cnnsearch.data.splits import PARTS
from cnnsearch.data.store import map_split, read_summary, write_splits
from cnnsearch.data.summary import DatasetSummary, Split
from cnnsearch.tasks.base import Task


@dataclass(frozen=True, eq=False)
class Dataset:
    """A loaded, checked and split dataset; decoded images are memory-mapped from array files.

    The test split is private: it is only written to the store, where only `open_test` reads it.
    """

    summary: DatasetSummary
    train: Split
    validation: Split
    _test: Split = field(repr=False)

    @classmethod
    def mapped(cls, folder: Path, *, name: str, source: str) -> "Dataset":
        """Return a stored dataset with its current name and source."""
        summary = read_summary(folder).model_copy(update={"name": name, "source": source})
        return cls(summary, *(map_split(folder, part) for part in PARTS))

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example, channels last."""
        return self.summary.input_shape

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the task's classes, tags or columns."""
        return self.summary.labels

    @property
    def task(self) -> Task:
        """The task of the targets."""
        return self.summary.task

    def store(self, directory: Path) -> Path:
        """Write the arrays to a folder that workers can map, unless it exists.

        Returns:
            The folder for `open_stored` and `open_test`, named by content and settings.
        """
        splits = {"train": self.train, "validation": self.validation, "test": self._test}
        return write_splits(directory, self.summary, splits)

    def remove_at_end(self, folder: Path) -> None:
        """Remove a folder with mapped arrays when this dataset is garbage-collected."""
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
