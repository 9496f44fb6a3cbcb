"""Remarks on the targets of a listing: faults, with which a dataset is not loaded, and changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "undeclared",
    "other_size",
    "no_box",
    "empty_box",
    "outside_box",
    "region",
    "mask_missing",
    "mask_size",
    "mask_jpeg",
    "mask_colours",
    "mask_values",
    "mask_unreadable",
]
"""Kinds of targets that cannot be used."""
ChangeKind = Literal["crowd", "clipped", "unlabelled", "outside_keypoint"]
"""Kinds of objects that are changed or left out."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark on the target of one picture.

    Args:
        kind: What it is about.
        position: The position of the picture in the listing.
        place: The file, and the number of the annotation in it.
        text: What was found.
    """

    kind: FaultKind | ChangeKind
    position: int
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


Note = Callable[[Remark], None]
"""Function that takes remarks in place of errors and log lines."""
