"""All there is to know of a source of pictures, each file decoded once: what `data check` reports on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnnsearch.data.examine import examine_pictures
from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.listing import Entry, LeftOut, PictureListing
from cnnsearch.data.reading import Tell
from cnnsearch.data.sources import list_pictures


@dataclass(frozen=True)
class PictureFile:
    """One picture of a source, as it was found.

    Args:
        path: Relative to the source's folder.
        label: Its class.
        part: `train`, `validation` or `test` where the source says so, else empty.
        group: What it must share a side with, else empty.
        size: Bytes.
        width: Pixels of the upright picture; 0 where the header cannot be read.
        height: Pixels of the upright picture; 0 where the header cannot be read.
        mode: Pillow's; empty where the header cannot be read.
        format: Pillow's, whatever the file is called; empty where the header cannot be read.
        sha256: Of the file's bytes; empty where not even those can be read.
        phash: 64-bit perceptual hash of the upright picture; 0 where there is a problem.
        problem: Why it cannot be used; empty where it decodes.
        thumbnail: 16 x 16 grey values of the upright picture, row by row; empty where there is a problem.
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
    """A source of pictures, looked through.

    Args:
        root: The folder that all paths are relative to.
        origin: The kind of source.
        files: The pictures, bad ones included, in the order of the source.
        labels: The classes that have a file, sorted.
        left_out: What was passed over, by kind.
        empty: Class folders without a picture.
    """

    root: Path
    origin: str
    files: tuple[PictureFile, ...]
    labels: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    empty: tuple[str, ...]


def scan(
    argument: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    cache: Path | None = None,
    tell: Tell | None = None,
) -> Scan:
    """Lists a source of pictures and decodes every file once, in parallel.

    Args:
        argument: A folder of pictures, or a CSV manifest.
        columns: The manifest's own names of `path`, `label`, `split`, `group` and `time`.
        cache: The folder where what was found is kept, by path, size and time; by default the user's.
        tell: Told of progress.

    Raises:
        DataError: The source is not as expected. Files that cannot be decoded are no error here.
    """
    listing = list_pictures(argument, columns)
    return scan_listing(listing, KnownFiles(listing.root, cache), tell)


def scan_listing(listing: PictureListing, known: KnownFiles, tell: Tell | None = None) -> Scan:
    """Decodes every file of a listing once, in parallel."""
    facts = examine_pictures(listing.root, [entry.path for entry in listing.entries], known, tell)
    files = picture_files(listing, facts)
    return Scan(listing.root, listing.origin, files, listing.labels, listing.left_out, listing.empty)


def picture_files(listing: PictureListing, facts: Sequence[Facts]) -> tuple[PictureFile, ...]:
    """The pictures of a listing with what was found of each."""
    pairs = zip(listing.entries, facts, strict=True)
    return tuple(_file(listing.root, entry, found) for entry, found in pairs)


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
