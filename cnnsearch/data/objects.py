"""Annotated objects of a listing: the task that they set, checked against their pictures, and its targets."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnsearch.data.annotations import Annotation, digest_of
from cnnsearch.data.known_files import Facts
from cnnsearch.data.listing import Entry, PictureListing, named
from cnnsearch.data.object_checks import CHECKS, Checked, Size, conclude
from cnnsearch.data.object_targets import WRITERS, raw_targets
from cnnsearch.data.pictures import PictureForm
from cnnsearch.data.remarks import Note, Remark
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


def read_objects(
    listing: PictureListing, facts: Sequence[Facts], wanted: str | None, note: Note | None = None
) -> Objects:
    """Check the objects of a listing, and return the targets of the task that is wanted, or that they suit.

    Args:
        listing: Pictures with objects.
        facts: The size of each picture; objects of a picture without a size are left out.
        wanted: Name of the task; by default `keypoints` if any are labelled, else `detection`.
        note: Receives the remarks; objects with faults are then left out. By default faults are errors, and
            changes are logged.

    Raises:
        DataError: The objects do not suit the task; or some are outside of their pictures, or of no size.
    """
    name = _chosen(listing, wanted)
    sizes = tuple((fact.height, fact.width) for fact in facts)
    wrong = _wrong_sizes(listing.entries, sizes)
    if wrong and (note is None or len(wrong) == len(sizes)):
        raise DataError(
            f"{listing.place}: {len(wrong)} pictures have another size than their annotations:"
            f"{named(map(str, wrong))}"
        )
    remarks = list(wrong)
    known = _checked(listing, sizes, name, remarks)
    if note is None or not any(entry.objects for entry in known.entries):
        conclude(remarks, listing.place)
    if note is not None:
        for remark in remarks:
            note(remark)
    used = _with_used(known, is_told=note is None)
    if note is None:
        _tell_empty(used, sizes)
    ys, task = encode_targets(raw_targets(used, name), name, used.place)
    return Objects(used, task, ys["train"], sizes)


def _chosen(listing: PictureListing, wanted: str | None) -> str:
    """Return the name of the task.

    Raises:
        DataError: The objects lack what the wanted task needs.
    """
    objects = [one for entry in listing.entries for one in entry.objects or ()]
    has_regions = any(one.region for one in objects)
    has_points = bool(listing.keypoints) and any(point[2] for one in objects for point in one.keypoints)
    has = {"detection": True, "keypoints": has_points, "instances": has_regions}
    if wanted is not None:
        if not has.get(wanted):
            found = ", ".join(f"--task {name}" for name in _TASKS if has[name])
            raise DataError(f"{listing.place}: has annotated objects, which are for {found}; found {wanted}.")
        return wanted
    if has_points:
        return "keypoints"
    if has_regions:
        logger.warning(
            "%s: the objects have boxes and regions; the boxes are read (--task detection), "
            "--task instances reads the regions",
            listing.place,
        )
    return "detection"


def _wrong_sizes(entries: Sequence[Entry], sizes: Sequence[Size]) -> list[Remark]:
    """Return remarks on the readable pictures that are annotated for another size."""
    return [
        Remark(
            "other_size",
            position,
            str(entry.path),
            f"annotated for {entry.size[1]} x {entry.size[0]} pixels; the upright picture has "
            f"{size[1]} x {size[0]}",
        )
        for position, (entry, size) in enumerate(zip(entries, sizes, strict=True))
        if all(size) and entry.size not in (None, size) and entry.size is not None
    ]


def _checked(
    listing: PictureListing, sizes: Sequence[Size], task: str, remarks: list[Remark]
) -> PictureListing:
    """Return a listing with the objects that a task uses, none in pictures with remarks on their size."""
    unfit = {remark.position for remark in remarks}
    categories = frozenset(listing.categories)
    entries = []
    for position, (entry, size) in enumerate(zip(listing.entries, sizes, strict=True)):
        objects = () if position in unfit else _in_pixels(entry, size, in_shares=listing.in_shares)
        picture = Checked(position, size, categories, listing.keypoints, remarks)
        entries.append(replace(entry, objects=CHECKS[task](objects, picture)))
    return replace(listing, entries=tuple(entries))


def _in_pixels(entry: Entry, size: Size, *, in_shares: bool) -> tuple[Annotation, ...]:
    """Return the objects of a picture in its pixels; none if it has no size."""
    objects = entry.objects or () if all(size) else ()
    return tuple(one.scaled(size[1], size[0]) for one in objects) if in_shares else objects


def _with_used(listing: PictureListing, *, is_told: bool) -> PictureListing:
    """Return a listing with the categories that occur, the classes of each picture, and digests.

    Args:
        listing: The listing.
        is_told: Whether categories that do not occur are logged.

    Raises:
        DataError: There are no objects.
    """
    used = {one.category for entry in listing.entries for one in entry.objects or () if not one.is_crowd}
    if not used:
        raise DataError(f"{listing.place}: found no objects in {len(listing.entries)} pictures.")
    unused = [name for name in listing.categories if name not in used]
    if unused and is_told:
        logger.warning(
            "%s: %d categories without objects are left out: %s",
            listing.place,
            len(unused),
            ", ".join(unused[:10]) + (", ..." if len(unused) > 10 else ""),
        )
    categories = tuple(name for name in listing.categories if name in used)
    names = (*categories, "", *listing.keypoints, *map(str, listing.swaps or ()))
    entries = tuple(_described(entry, categories, names) for entry in listing.entries)
    return replace(listing, entries=entries, categories=categories)


def _described(entry: Entry, categories: Sequence[str], names: Sequence[str]) -> Entry:
    """Return an entry with its classes as label, and the digest of its objects and of the names in use."""
    objects = entry.objects or ()
    own = {one.category for one in objects}
    label = ", ".join(name for name in categories if name in own)
    return replace(entry, label=label, values=(digest_of(objects, names),))


def _tell_empty(listing: PictureListing, sizes: Sequence[Size]) -> None:
    """Log how many readable pictures have no objects."""
    objects = [entry.objects for entry, size in zip(listing.entries, sizes, strict=True) if all(size)]
    if empty := sum(not own for own in objects):
        logger.warning("%s: %d of %d pictures have no objects", listing.place, empty, len(objects))
