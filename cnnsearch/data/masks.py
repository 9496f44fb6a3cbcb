"""Masks in files: their classes, and the targets of a split, in the form of its pictures."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnsearch.data.known_files import Facts
from cnnsearch.data.listing import PictureListing, named
from cnnsearch.data.packing import pack_maps
from cnnsearch.data.pictures import (
    PictureError,
    PictureForm,
    StrPath,
    full_paths,
    in_words,
    placed,
    read_content,
)
from cnnsearch.data.remarks import FaultKind, Note, Remark
from cnnsearch.data.threads import strip_threads
from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import RawTargets, Task
from cnnsearch.tasks.registry import encode_targets
from cnnsearch.tasks.segmentation.metrics import IGNORED
from cnnsearch.tasks.segmentation.task import encoded

_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's modes of one whole number for each pixel."""
_STRIP = 8  # files per task of a thread


class MaskFacts(NamedTuple):
    """What is known of a mask: its digest and its values, or why it cannot be used."""

    digest: str = ""
    values: tuple[int, ...] = ()
    problem: str = ""
    kind: FaultKind = "mask_unreadable"


class MaskError(PictureError):
    """A file is not a mask.

    Args:
        kind: The kind of the fault.
        reason: The fault.
    """

    def __init__(self, kind: FaultKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(frozen=True)
class Masks:
    """The masks of a listing.

    Attributes:
        listing: The listing; the label of a picture is its classes, its value the digest of its mask.
        task: The classes of all masks.
        y: The classes of each mask, `(masks, most classes of a mask)`, some of them repeated: in place
            of the masks wherever only the classes count.
    """

    listing: PictureListing
    task: Task
    y: Targets

    def write(self, positions: Sequence[int], form: PictureForm, file: Path) -> None:
        """Write masks, `(masks, height, width)`, uint8.

        A mask is scaled and placed as its picture, to the nearest pixel; what the picture does not cover is
        ignored.
        """
        table = {int(label): index for index, label in enumerate(self.task.names)}
        paths = mask_paths(self.listing, positions)
        pack_maps(paths, partial(_formed, table, form), (form.height, form.width), file)


def read_masks(listing: PictureListing, facts: Sequence[Facts], note: Note | None = None) -> Masks:
    """Read every mask once, and find the classes.

    Args:
        listing: Pictures with masks.
        facts: The size of each picture.
        note: Receives the faults of masks; those masks then have no classes. By default faults are errors.

    Raises:
        DataError: Some masks cannot be read, or have another size than their picture.
    """
    masks = examine_masks(listing, facts, note)
    usable = [mask for mask in masks if not mask.problem]
    most = max(len(mask.values) for mask in usable)
    rows = np.array([np.resize(mask.values or usable[0].values, most) for mask in masks])
    ys, task = encode_targets(RawTargets({"train": rows}), "segmentation", listing.place)
    ys["train"][[bool(mask.problem) for mask in masks]] = IGNORED
    known = tuple(
        replace(entry, label=", ".join(map(str, mask.values)), values=(mask.digest,))
        for entry, mask in zip(listing.entries, masks, strict=True)
    )
    return Masks(replace(listing, entries=known), task, ys["train"])


def examine_masks(
    listing: PictureListing, facts: Sequence[Facts], note: Note | None = None
) -> list[MaskFacts]:
    """Read the values of every mask; the arguments are those of `read_masks`.

    Raises:
        DataError: As for `read_masks`.
    """
    entries = listing.entries
    paths = [None if entry.mask is None else listing.root / entry.mask for entry in entries]
    with strip_threads() as threads:
        strips = threads.map(_examine, list(zip(paths, facts, strict=True)), _STRIP)
        masks = [mask for strip in strips for mask in strip]
    tell_wrong(listing, masks, note)
    return masks


def tell_wrong(listing: PictureListing, masks: Sequence[MaskFacts], note: Note | None) -> None:
    """Pass on the problems of masks as remarks.

    Raises:
        DataError: There are some, and nothing receives them; or all masks have problems.
    """
    wrong = [
        Remark(mask.kind, position, str(entry.mask or entry.path), mask.problem)
        for position, (entry, mask) in enumerate(zip(listing.entries, masks, strict=True))
        if mask.problem
    ]
    if wrong and (note is None or len(wrong) == len(masks)):
        raise DataError(f"{listing.place}: {len(wrong)} masks cannot be used:{named(map(str, wrong))}")
    if note is not None:
        for remark in wrong:
            note(remark)


def mask_paths(listing: PictureListing, positions: Sequence[int]) -> list[str]:
    """Return the full paths of the masks of pictures."""
    masks = [listing.entries[index].mask for index in positions]
    return full_paths(listing.root, [mask for mask in masks if mask is not None])


def _examine(task: tuple[Path | None, Facts]) -> MaskFacts:
    path, facts = task
    if path is None:
        return MaskFacts(problem="no mask of the same name", kind="mask_missing")
    try:
        content = read_content(path)
        values = read_mask(path, content)
    except MaskError as error:
        return MaskFacts(problem=str(error), kind=error.kind)
    except PictureError as error:
        return MaskFacts(problem=str(error))
    if facts.width and values.shape != (facts.height, facts.width):
        height, width = values.shape
        problem = f"{width} x {height} pixels; its picture has {facts.width} x {facts.height}"
        return MaskFacts(problem=problem, kind="mask_size")
    return MaskFacts(hashlib.sha256(content).hexdigest(), tuple(np.unique(values).tolist()))


def _formed(table: Mapping[int, int], form: PictureForm, path: str) -> NDArray[np.uint8]:
    classes = encoded(read_mask(path, read_content(path)), table)
    return np.asarray(placed(Image.fromarray(classes), form, Image.Resampling.NEAREST, IGNORED))


def read_mask(path: StrPath, content: bytes) -> NDArray[np.integer]:
    """Decode a mask: the indices of a palette, or grey values; `(height, width)`.

    Raises:
        PictureError: It cannot be decoded, has colours, or was saved as JPEG, which changes values.
    """
    with in_words(path), Image.open(io.BytesIO(content)) as image:
        if image.format == "JPEG":
            raise MaskError(
                "mask_jpeg", "a mask saved as JPEG, which changes values; expected PNG, TIFF, BMP or GIF"
            )
        if image.mode not in _MODES:
            raise MaskError(
                "mask_colours", f"colours (mode {image.mode}); expected a palette, or grey values"
            )
        values: NDArray[np.integer] = np.asarray(image)
        return values.astype(np.uint8) if values.dtype == bool else values
