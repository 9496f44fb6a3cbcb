"""Data types of a loaded dataset: a split, and the recorded summary of a dataset."""

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cnnsearch.data.values import ValueRange
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.registry import AnyTask


@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their targets, in the same order.

    Args:
        x: `(examples, *input_shape)`, channels last; uint8 or float32.
        y: `(examples,)`, `(examples, columns)` or `(examples, *spatial)`, as the dataset's task encodes
            targets.
    """

    x: NDArray[Any]
    y: Targets

    def __len__(self) -> int:
        return len(self.y)


class DatasetSummary(BaseModel):
    """The recorded summary of a dataset, written as JSON.

    Attributes:
        name: Short name: the known name, the stem of the file or the name of the folder.
        source: The known name, or the absolute path.
        fingerprint: SHA-256 digest of the content (64 hex digits), independent of its location.
        input_shape: Shape of one example, channels last.
        dtype: The stored type, `uint8` or `float32`; `values` has the type that was brought.
        task: The task of the targets.
        examples: Number of examples in each split.
        counts: Number of examples of each class or tag in each split; empty for a task without them.
        channel_mode: `L` or `RGB` for image files, empty for arrays.
        image_size: `(height, width)` of resized image files; None for arrays.
        split_seed: Seed of the created splits.
        split_origin: `made` (from one set), `given` (all three), or `completed` (one split off train).
        values: The range of the values, and how it was found.
        channel_means: Mean of each channel over the training split.
        channel_variances: Variance of each channel over the training split.
        duplicates_across_splits: Number of test examples that are byte-identical to one of train or
            validation.
        skipped: Number of files that could not be decoded and were skipped.
        split_by: The rule that determined the splits of image files; empty for arrays.
        grouped_by: What defines groups within one split: a manifest column, `duplicates`, or both.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    fingerprint: str
    input_shape: tuple[int, ...]
    dtype: Literal["uint8", "float32"]
    task: AnyTask
    examples: dict[str, int]
    counts: dict[str, dict[str, int]]
    channel_mode: Literal["", "L", "RGB"]
    image_size: tuple[int, int] | None
    split_seed: int
    split_origin: Literal["made", "given", "completed"]
    values: ValueRange
    channel_means: tuple[float, ...]
    channel_variances: tuple[float, ...]
    duplicates_across_splits: int
    skipped: int = 0
    split_by: Literal["", "random", "folder", "manifest", "time"] = ""
    grouped_by: tuple[str, ...] = ()

    def num_examples(self, part: str) -> int:
        """Return the number of examples in `train`, `validation` or `test`."""
        return self.examples[part]

    @property
    def splits_text(self) -> str:
        """The number of examples in each split, as text."""
        return ", ".join(f"{self.num_examples(part):,} {part}" for part in self.examples)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the task's classes, tags or columns, in the order of the output channels."""
        return self.task.names
