"""The types that travel from the loader on: a split, and the summary of a dataset that is recorded."""

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from cnnsearch.tasks.base import Targets
from cnnsearch.tasks.registry import AnyTask


@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their targets, in the same order.

    Args:
        x: `(examples, *input_shape)`, channels last; uint8 for pictures, float32 for other arrays.
        y: `(examples,)` or `(examples, columns)`, as the dataset's task encodes targets.
    """

    x: NDArray[Any]
    y: Targets

    def __len__(self) -> int:
        return len(self.y)


class DatasetSummary(BaseModel):
    """What is recorded of a dataset; goes through JSON and back unchanged.

    Attributes:
        name: A short name: the known name, the file's stem or the folder's name.
        source: The known name, or the absolute path.
        fingerprint: SHA-256 over the content (64 hex digits), wherever it lies.
        input_shape: One example's shape, channels last.
        dtype: `uint8` or `float32`.
        task: What the targets set.
        examples: The number of examples in each split.
        counts: Examples of each class or tag in each split; empty for a task without them.
        channel_mode: `L` or `RGB` for pictures from files, empty for arrays.
        image_size: `(height, width)` that pictures from files were brought to; None for arrays.
        split_seed: The seed of the splits that were made.
        split_origin: `made` (from one set), `given` (all three), or `completed` (one split off train).
        value_low: The least value: 0 for uint8, else the training split's.
        value_high: The greatest value: 255 for uint8, else the training split's.
        channel_means: Of each channel, over the training split.
        channel_variances: Of each channel, over the training split.
        duplicates_across_splits: Test examples whose very bytes also occur in train or validation.
        skipped: Files that could not be decoded and were left out.
        split_by: What decided the splits of pictures from files; empty for arrays.
        grouped_by: What stayed on one side of each split: a manifest's column, `duplicates`, or both.
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
    value_low: float
    value_high: float
    channel_means: tuple[float, ...]
    channel_variances: tuple[float, ...]
    duplicates_across_splits: int
    skipped: int = 0
    split_by: Literal["", "random", "folder", "manifest", "time"] = ""
    grouped_by: tuple[str, ...] = ()

    def num_examples(self, part: str) -> int:
        """How many examples `train`, `validation` or `test` has."""
        return self.examples[part]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the task's classes, tags or columns; a channel of the output is a position here."""
        return self.task.names
