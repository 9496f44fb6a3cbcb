"""How a dataset is to be read and split: what `load_data` takes beside the argument, checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cnnsearch.errors import DataError
from cnnsearch.tasks.registry import TASKS

OnBad = Literal["error", "skip"]
SplitBy = Literal["random", "folder", "manifest", "time"]
Tell = Callable[[int, int], None]
"""Told of progress: how many pictures are done, of how many."""


@dataclass(frozen=True)
class Reading:
    """How a dataset is read and split.

    Args:
        image_size: `(height, width)` that pictures are brought to; None for the training pictures' median.
        seed: Decides the splits that are made.
        on_bad: Whether a file that cannot be decoded is an error, or left out with a warning.
        most_bad: The share of the files that may be left out.
        split_by: What decides the splits; None for what the source gives, else `random`.
        group: The manifest's column whose examples stay on one side.
        columns: The manifest's own names of `path`, `label`, `split`, `group` and `time`.
        group_duplicates: Whether exact and near duplicates stay on one side.
        task: The name of the task; None for the one that the targets set.
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

    def __post_init__(self) -> None:
        _check_word("on_bad", self.on_bad, get_args(OnBad))
        if self.split_by is not None:
            _check_word("split_by", self.split_by, get_args(SplitBy))
        if self.task is not None:
            _check_word("task", self.task, tuple(TASKS))
        if self.split_by == "time" and (self.group or self.group_duplicates):
            raise DataError("split_by 'time' keeps no groups together; leave out group and group_duplicates.")

    @property
    def names(self) -> dict[str, str]:
        """The columns' own names, the group's included."""
        return {**self.columns, **({"group": self.group} if self.group else {})}


def _check_word(name: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise DataError(f"{name}: found {found!r}; expected one of {', '.join(known)}.")
