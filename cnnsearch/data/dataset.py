"""The end of the data pipe in memory: what `load_data` returns, and what is stored for the workers."""

from dataclasses import dataclass, field
from pathlib import Path

from cnnsearch.data.store import write_splits
from cnnsearch.data.summary import DatasetSummary, Split


@dataclass(frozen=True, eq=False)
class Dataset:
    """A loaded, checked and split dataset.

    The test split has no public name: it goes from here into the store, and only `open_test` reads it there.
    """

    summary: DatasetSummary
    train: Split
    validation: Split
    _test: Split = field(repr=False)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One example's shape, channels last."""
        return self.summary.input_shape

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes' names; a class index is a position here."""
        return self.summary.labels

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.summary.labels)

    def store(self, directory: Path) -> Path:
        """Writes the arrays where workers can map them, unless they are there already.

        Returns:
            The folder for `open_stored` and `open_test`, named after the content and the settings.
        """
        splits = {"train": self.train, "validation": self.validation, "test": self._test}
        return write_splits(directory, self.summary, splits)
