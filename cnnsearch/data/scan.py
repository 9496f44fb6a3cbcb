"""Scan of an image source for `data check`, with each file decoded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnnsearch.data.examine import examine_pictures
from cnnsearch.data.file_targets import FileTargets, read_targets
from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.listing import Entry, LeftOut, PictureListing
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.reading import Tell
from cnnsearch.data.remarks import Remark
from cnnsearch.data.sources import list_pictures
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.registry import encode_targets


@dataclass(frozen=True)
class PictureFile:
    """One scanned image of a source; size, hash and thumbnail are after EXIF orientation.

    Args:
        path: Path relative to the folder of the source.
        label: Class of the image.
        part: `train`, `validation` or `test` if the source gives a split, else empty.
        group: Group that stays within one split; empty if there is none.
        size: Size of the file in bytes.
        width: Width in pixels; 0 if the header cannot be read.
        height: Height in pixels; 0 if the header cannot be read.
        mode: Pillow mode; empty if the header cannot be read.
        format: Pillow format, independent of the suffix; empty if the header cannot be read.
        sha256: SHA-256 digest of the file; empty if it cannot be read.
        phash: 64-bit perceptual hash; 0 if there is a problem.
        problem: Why the image cannot be used; empty if it can be decoded.
        thumbnail: 16 x 16 grey values in row-major order; empty if there is a problem.
    """

    path: Path
    label: str
    part: str
    group: str
    size: int
    width: int
    height: int
    mode: str
    format: str
    sha256: str
    phash: int
    problem: str
    thumbnail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Scan:
    """The scan of an image source.

    Args:
        root: The folder to which all paths are relative.
        origin: The kind of source.
        files: The images in the order of the source, including unreadable ones.
        task: What the targets set.
        left_out: Skipped files and folders, by kind.
        empty: Class folders without images.
        targets: The targets that are masks or objects; those with faults are left out.
        remarks: The remarks on these targets.
        unused: The categories without objects.
    """

    root: Path
    origin: str
    files: tuple[PictureFile, ...]
    task: Task
    left_out: tuple[LeftOut, ...]
    empty: tuple[str, ...]
    targets: FileTargets | None = None
    remarks: tuple[Remark, ...] = ()
    unused: tuple[str, ...] = ()


def scan(
    argument: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
    cache: Path | None = None,
    tell: Tell | None = None,
) -> Scan:
    """List an image source and decode every file once, in parallel.

    Args:
        argument: A folder of images, or a CSV manifest.
        columns: The manifest's names for `path`, `label`, `split`, `group`, `time` and `mask`.
        task: Name of the task; by default inferred from the targets.
        reach: The places that the source may lead to.
        cache: The folder of the cache of file facts; by default the user's cache.
        tell: Progress callback, called with the number of examined images and the total.

    Raises:
        DataError: The source has no valid layout. Files that cannot be decoded are not an error here, nor are
            single faults of objects and masks.
    """
    listing = list_pictures(argument, columns, task, reach)
    return scan_listing(listing, KnownFiles(listing.root, cache), task, tell)


def scan_listing(
    listing: PictureListing, known: KnownFiles, task: str | None = None, tell: Tell | None = None
) -> Scan:
    """Decode every file of a listing once, in parallel."""
    facts = examine_pictures(listing.root, [entry.path for entry in listing.entries], known, tell)
    declared, remarks = listing.categories, list[Remark]()
    set_task: Task
    if targets := read_targets(listing, facts, task, remarks.append):
        listing, set_task = targets.listing, targets.task
    else:
        _, set_task = encode_targets(listing.targets, task, listing.place)
    return Scan(
        listing.root,
        listing.origin,
        picture_files(listing, facts),
        set_task,
        listing.left_out,
        listing.empty,
        targets,
        tuple(remarks),
        tuple(name for name in declared if name not in listing.categories),
    )


def picture_files(listing: PictureListing, facts: Sequence[Facts]) -> tuple[PictureFile, ...]:
    """Return the images of a listing with their facts."""
    pairs = zip(listing.entries, facts, strict=True)
    return tuple(_file(listing.root, entry, entry_facts) for entry, entry_facts in pairs)


def _file(root: Path, entry: Entry, facts: Facts) -> PictureFile:
    path = root / entry.path
    return PictureFile(
        path=entry.path,
        label=entry.label,
        part=entry.part,
        group=entry.group,
        size=path.stat().st_size if path.exists() else 0,
        width=facts.width,
        height=facts.height,
        mode=facts.mode,
        format=facts.format,
        sha256=facts.sha256,
        phash=facts.phash or 0,
        problem=facts.problem,
        thumbnail=facts.thumbnail,
    )
