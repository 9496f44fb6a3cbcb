"""Targets that are read from files and written in the form of their pictures: masks and annotated objects."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cnnsearch.data.known_files import Facts
from cnnsearch.data.listing import PictureListing
from cnnsearch.data.masks import read_masks
from cnnsearch.data.numbered_masks import read_numbered_masks
from cnnsearch.data.objects import read_objects
from cnnsearch.data.pictures import PictureForm
from cnnsearch.data.remarks import Note
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task


class FileTargets(Protocol):
    """The targets of a listing, checked."""

    @property
    def listing(self) -> PictureListing:
        """The listing; the label of a picture is its classes, its value the digest of its target."""

    @property
    def task(self) -> Task:
        """The task."""

    @property
    def y(self) -> Targets:
        """What divides the pictures, in the order of the listing: targets in pixels of the pictures as they
        are, or the classes of each mask in place of its pixels."""

    def write(self, positions: Sequence[int], form: PictureForm, file: Path) -> None:
        """Write the targets of pictures into an .npy file.

        Args:
            positions: The positions of the pictures in the listing, in the order of the file.
            form: The form of the pictures.
            file: The file.
        """


def read_targets(
    listing: PictureListing, facts: Sequence[Facts], task: str | None, note: Note | None = None
) -> FileTargets | None:
    """Read and check the targets of a listing; None if they are texts.

    Args:
        listing: The pictures.
        facts: The size of each picture.
        task: Name of the task; by default chosen by what the targets are.
        note: Receives remarks; targets with faults are then left out. By default faults are errors, and
            changes are logged.

    Raises:
        DataError: Targets are not valid, or not those of the task.
    """
    if listing.has_objects:
        return read_objects(listing, facts, task, note)
    if listing.has_masks:
        return (read_numbered_masks if task == "instances" else read_masks)(listing, facts, note)
    return None
