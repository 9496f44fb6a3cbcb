"""Masks in files whose values are the numbers of instances of one class."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.known_files import Facts
from cnnsearch.data.listing import PictureListing
from cnnsearch.data.masks import MaskFacts, examine_masks, mask_paths, read_mask, tell_wrong
from cnnsearch.data.packing import pack_maps
from cnnsearch.data.pictures import PictureForm, read_content
from cnnsearch.data.regions import instance_rows, placed_instances
from cnnsearch.data.remarks import Note
from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import RawTargets, Task
from cnnsearch.tasks.instances.task import MOST_INSTANCES
from cnnsearch.tasks.registry import encode_targets

logger = logging.getLogger(__name__)

_CLASSES = ("background", "object")
_MOST_VALUE = 65_535


@dataclass(frozen=True)
class NumberedMasks:
    """The masks of a listing, as instances; the attributes are those of `FileTargets`."""

    listing: PictureListing
    task: Task
    y: Targets

    def write(self, positions: Sequence[int], form: PictureForm, file: Path) -> None:
        """Write the class and the number of the instance of each position, `(masks, height, width, 2)`."""
        paths = mask_paths(self.listing, positions)
        pack_maps(paths, partial(_formed, form), (form.height, form.width, 2), file)


def read_numbered_masks(
    listing: PictureListing, facts: Sequence[Facts], note: Note | None = None
) -> NumberedMasks:
    """Read every mask once: 0 is background, each other value an instance.

    Args:
        listing: Pictures with masks.
        facts: The size of each picture.
        note: As for `read_masks`; masks with faults then have no instances.

    Raises:
        DataError: Some masks cannot be read, have another size than their picture, or too many instances.
    """
    masks = [_numbered(mask) for mask in examine_masks(listing, facts, note)]
    tell_wrong(listing, [mask if mask.kind == "mask_values" else MaskFacts() for mask in masks], note)
    numbers = [[value for value in mask.values if value] for mask in masks]
    if not any(numbers):
        raise DataError(f"{listing.place}: found no instances: all masks have only the value 0.")
    if max(map(len, numbers)) == 1:
        logger.warning(
            "%s: no mask has more than one value besides 0: each is one instance; masks of classes are "
            "for --task segmentation",
            listing.place,
        )
    rows = instance_rows([[1] * len(values) for values in numbers])
    raw = RawTargets({"train": rows}, _CLASSES)
    ys, task = encode_targets(raw, "instances", listing.place)
    known = tuple(
        replace(entry, label=_CLASSES[1] if values else "", values=(mask.digest,))
        for entry, mask, values in zip(listing.entries, masks, numbers, strict=True)
    )
    return NumberedMasks(replace(listing, entries=known), task, ys["train"])


def _numbered(mask: MaskFacts) -> MaskFacts:
    """Return the facts of a mask, with a problem in place of values that are not numbers of instances."""
    problem = _problem([value for value in mask.values if value])
    return MaskFacts(problem=problem, kind="mask_values") if problem else mask


def _problem(values: list[int]) -> str:
    if len(values) > MOST_INSTANCES:
        return f"{len(values)} values above 0; expected one for each instance, at most {MOST_INSTANCES}"
    if values and not 0 < min(values) <= max(values) <= _MOST_VALUE:
        return f"values from {min(values)} to {max(values)}; expected 0 to {_MOST_VALUE:,}"
    return ""


def _formed(form: PictureForm, path: str) -> NDArray[np.uint8]:
    mask = read_mask(path, read_content(path))
    values = np.union1d(np.unique(mask), [0])
    numbers = np.searchsorted(values, mask).astype(np.uint8)
    return placed_instances(np.stack([(numbers > 0).astype(np.uint8), numbers], axis=-1), form)
