"""The end of the data pipe: what `load_data` returns, and what is stored for the workers."""

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
    """A loaded, checked and split dataset; pictures from files are mapped from where they were decoded to.

    The test split has no public name: it goes from here into the store, and only `open_test` reads it there.
    """

    summary: DatasetSummary
    train: Split
    validation: Split
    _test: Split = field(repr=False)

    @classmethod
    def mapped(cls, folder: Path, *, name: str, source: str) -> "Dataset":
        """A stored dataset, under the name and the place that it has now."""
        summary = read_summary(folder).model_copy(update={"name": name, "source": source})
        return cls(summary, *(map_split(folder, part) for part in PARTS))

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One example's shape, channels last."""
        return self.summary.input_shape

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the task's classes, tags or columns."""
        return self.summary.labels

    @property
    def task(self) -> Task:
        """What the targets set."""
        return self.summary.task

    def store(self, directory: Path) -> Path:
        """Writes the arrays where workers can map them, unless they are there already.

        Returns:
            The folder for `open_stored` and `open_test`, named after the content and the settings.
        """
        splits = {"train": self.train, "validation": self.validation, "test": self._test}
        return write_splits(directory, self.summary, splits)

    def remove_at_end(self, folder: Path) -> None:
        """Removes a folder, and what is mapped from it, with this dataset."""
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
