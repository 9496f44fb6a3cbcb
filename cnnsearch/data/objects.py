"""Annotated objects of a listing: the task that they set, checked against their pictures, and its targets."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnsearch.data.annotations import digest_of
from cnnsearch.data.known_files import Facts
from cnnsearch.data.listing import Entry, PictureListing, named
from cnnsearch.data.object_checks import CHECKS, Findings, Size
from cnnsearch.data.object_targets import WRITERS, raw_targets
from cnnsearch.data.pictures import PictureForm
from cnnsearch.errors import DataError
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.registry import encode_targets

logger = logging.getLogger(__name__)

_TASKS = ("detection", "keypoints", "instances")


@dataclass(frozen=True)
class Objects:
    """The objects of a listing, in pixels of the pictures; the attributes are those of `FileTargets`.

    Attributes:
        listing: The listing; the objects and categories are those that are used.
        sizes: `(height, width)` of each picture.
    """

    listing: PictureListing
    task: Task
    y: Targets
    sizes: tuple[Size, ...]

    def write(self, positions: Sequence[int], form: PictureForm, file: Path) -> None:
        """Write targets in pixels of the pictures as they are stored."""
        WRITERS[self.task.type](self.listing, self.sizes, positions, form, file)


def read_objects(listing: PictureListing, facts: Sequence[Facts], wanted: str | None) -> Objects:
    """Check the objects of a listing, and return the targets of the task that is wanted, or that they suit.

    Args:
        listing: Pictures with objects.
        facts: The size of each picture; objects of a picture without a size are left out.
        wanted: Name of the task; by default `keypoints` if there are any, else `detection`.

    Raises:
        DataError: The objects do not suit the task; or some are outside of their pictures, or of no size.
    """
    name = _chosen(listing, wanted)
    sizes = tuple((fact.height, fact.width) for fact in facts)
    entries = tuple(
        _in_pixels(entry, size, listing) for entry, size in zip(listing.entries, sizes, strict=True)
    )
    _check_sizes(entries, sizes, listing.place)
    findings = Findings(listing.place)
    known = tuple(
        replace(entry, objects=CHECKS[name](entry.objects or (), size, findings))
        for entry, size in zip(entries, sizes, strict=True)
    )
    findings.conclude()
    listing = _with_used(replace(listing, entries=known))
    _tell_empty(listing, sizes)
    ys, task = encode_targets(raw_targets(listing, name), name, listing.place)
    return Objects(listing, task, ys["train"], sizes)


def _chosen(listing: PictureListing, wanted: str | None) -> str:
    """Return the name of the task.

    Raises:
        DataError: The objects lack what the wanted task needs.
    """
    has_regions = any(one.region for entry in listing.entries for one in entry.objects or ())
    has = {"detection": True, "keypoints": bool(listing.keypoints), "instances": has_regions}
    if wanted is not None:
        if not has.get(wanted):
            found = ", ".join(f"--task {name}" for name in _TASKS if has[name])
            raise DataError(f"{listing.place}: has annotated objects, which are for {found}; found {wanted}.")
        return wanted
    if listing.keypoints:
        return "keypoints"
    if has_regions:
        logger.warning(
            "%s: the objects have boxes and regions; the boxes are read (--task detection), "
            "--task instances reads the regions",
            listing.place,
        )
    return "detection"


def _in_pixels(entry: Entry, size: Size, listing: PictureListing) -> Entry:
    if not all(size):
        return replace(entry, objects=(), size=None)
    if not listing.in_shares:
        return entry
    return replace(entry, objects=tuple(one.scaled(size[1], size[0]) for one in entry.objects or ()))


def _check_sizes(entries: Sequence[Entry], sizes: Sequence[Size], place: str) -> None:
    wrong = [
        f"{entry.path}: annotated for {entry.size[1]} x {entry.size[0]} pixels; the upright picture has "
        f"{size[1]} x {size[0]}"
        for entry, size in zip(entries, sizes, strict=True)
        if entry.size not in (None, size) and entry.size is not None
    ]
    if wrong:
        raise DataError(
            f"{place}: {len(wrong)} pictures have another size than their annotations:{named(wrong)}"
        )


def _with_used(listing: PictureListing) -> PictureListing:
    """Return a listing with the categories that occur, the classes of each picture, and digests.

    Raises:
        DataError: There are no objects.
    """
    used = {one.category for entry in listing.entries for one in entry.objects or () if not one.is_crowd}
    if not used:
        raise DataError(f"{listing.place}: found no objects in {len(listing.entries)} pictures.")
    unused = [name for name in listing.categories if name not in used]
    if unused:
        logger.warning(
            "%s: %d categories without objects are left out: %s",
            listing.place,
            len(unused),
            ", ".join(unused[:10]) + (", ..." if len(unused) > 10 else ""),
        )
    categories = tuple(name for name in listing.categories if name in used)
    entries = tuple(_described(entry, categories, listing.keypoints) for entry in listing.entries)
    return replace(listing, entries=entries, categories=categories)


def _described(entry: Entry, categories: tuple[str, ...], keypoints: tuple[str, ...]) -> Entry:
    objects = entry.objects or ()
    own = {one.category for one in objects}
    label = ", ".join(name for name in categories if name in own)
    return replace(entry, label=label, values=(digest_of(objects, (*categories, "", *keypoints)),))


def _tell_empty(listing: PictureListing, sizes: Sequence[Size]) -> None:
    """Log how many readable pictures have no objects."""
    objects = [entry.objects for entry, size in zip(listing.entries, sizes, strict=True) if all(size)]
    if empty := sum(not own for own in objects):
        logger.warning("%s: %d of %d pictures have no objects", listing.place, empty, len(objects))
