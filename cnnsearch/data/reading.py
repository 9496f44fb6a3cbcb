"""Settings of reading and splitting a dataset: the checked options of `load_data`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cnnsearch.data.layout import KINDS, Channels
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.values import between
from cnnsearch.errors import DataError
from cnnsearch.tasks.registry import TASKS

OnBad = Literal["error", "skip"]
SplitBy = Literal["random", "folder", "manifest", "time"]
Tell = Callable[[int, int], None]
"""Progress callback: number of processed images, and total."""


@dataclass(frozen=True)
class Reading:
    """Settings of reading and splitting.

    Args:
        image_size: `(height, width)` of the resized images; None for the median of the training images.
        seed: Seed of the created splits.
        on_bad: `error` to refuse files that cannot be decoded, `skip` to skip them with a warning.
        most_bad: Maximum fraction of skipped files.
        split_by: The rule for the splits; None for the split of the source, else `random`.
        group: Manifest column whose groups stay within one split.
        columns: The manifest's names for `path`, `label`, `split`, `group`, `time` and `mask`.
        group_duplicates: Whether exact and near duplicates stay within one split.
        task: Name of the task; None to infer it from the targets.
        value_range: The smallest and the largest value; None to find them (`values.py`).
        dims: Spatial dimensions of arrays; None to infer them (`layout.py`).
        channels: Place of the channels' axis of arrays; None to infer it (`layout.py`).
        reach: The places that folders and manifests may lead to (`reach.py`).
    """

    image_size: tuple[int, int] | None = None
    seed: int = 0
    on_bad: OnBad = "error"
    most_bad: float = 0.05
    split_by: SplitBy | None = None
    group: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    group_duplicates: bool = False
    task: str | None = None
    value_range: tuple[float, float] | None = None
    dims: int | None = None
    channels: Channels | None = None
    reach: Reach = OWN_FOLDER

    def __post_init__(self) -> None:
        _check_word("on_bad", self.on_bad, get_args(OnBad))
        if self.split_by is not None:
            _check_word("split_by", self.split_by, get_args(SplitBy))
        if self.task is not None:
            _check_word("task", self.task, tuple(TASKS))
        if self.dims is not None and self.dims not in KINDS:
            raise DataError(f"dims: found {self.dims}; expected 1, 2 or 3.")
        if self.channels is not None:
            _check_word("channels", self.channels, get_args(Channels))
        if self.value_range is not None and not self.value_range[0] < self.value_range[1]:
            raise DataError(
                f"value range: found {between(*self.value_range)}; expected the smaller value first."
            )
        if self.split_by == "time" and (self.group or self.group_duplicates):
            raise DataError("split_by 'time' does not support groups; omit group and group_duplicates.")

    @property
    def names(self) -> dict[str, str]:
        """The manifest's names of the columns, including that of the group."""
        return {**self.columns, **({"group": self.group} if self.group else {})}


def _check_word(name: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise DataError(f"{name}: found {found!r}; expected one of {', '.join(known)}.")
