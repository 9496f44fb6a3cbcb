"""Image listing -> stored dataset: split, decode into array files, summarize, move into place.

The split precedes the decoding, because the training images determine mode and size of all images.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.bad_files import BadFiles
from cnnsearch.data.content import Content, summarize
from cnnsearch.data.division import Division, divide_listing
from cnnsearch.data.examine import examine_headers, examine_pictures
from cnnsearch.data.file_targets import FileTargets, read_targets
from cnnsearch.data.grouped import joined_groups
from cnnsearch.data.header import Header
from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.listing import Entry, PictureListing
from cnnsearch.data.measures import file_fingerprint
from cnnsearch.data.packing import pack
from cnnsearch.data.pictures import PictureForm, choose_form, full_paths
from cnnsearch.data.reading import Reading, Tell
from cnnsearch.data.splits import PARTS
from cnnsearch.data.store import Key, array_paths, map_split, put_in_place, unfinished_folder
from cnnsearch.data.values import ValueRange, find_range


@dataclass(frozen=True, eq=False)
class _Plan:
    """The images to decode, their splits and their form.

    Args:
        listing: The images whose headers can be read.
        facts: Known facts of each image.
        division: The splits.
        form: Mode and size of the decoded images.
        grouped_by: As `DatasetSummary.grouped_by`.
        bad: The files known to be unreadable.
        reading: The settings of reading and splitting.
        targets: The targets, if they are written in the form of the images.
    """

    listing: PictureListing
    facts: tuple[Facts, ...]
    division: Division
    form: PictureForm
    grouped_by: tuple[str, ...]
    bad: BadFiles
    reading: Reading
    targets: FileTargets | None

    @property
    def size(self) -> tuple[int, int]:
        """`(height, width)` of the decoded images."""
        return self.form.height, self.form.width


def store_pictures(
    listing: PictureListing,
    reading: Reading,
    directory: Path,
    *,
    name: str,
    source: str,
    known: KnownFiles,
    tell: Tell | None = None,
) -> Path:
    """Decode the images of a listing into a folder of stored data, unless it exists.

    Args:
        listing: The images.
        reading: The settings of reading and splitting.
        directory: The folder of stored datasets, created if missing.
        name: Name of the dataset.
        source: Path of the dataset, for the summary.
        known: Cached facts about the files.
        tell: Progress callback, called with the number of examined images and the total.

    Returns:
        The folder for `open_stored` and `open_test`.

    Raises:
        DataError: The images cannot be split as requested, or too many cannot be decoded.
    """
    plan = _plan(listing, reading, known, tell)
    if _is_examined(plan) and (folder := directory / _key(plan).folder_name).is_dir():
        plan.bad.check()
        plan.bad.tell()
        return folder
    with unfinished_folder(directory) as unfinished:
        plan = _packed(plan, unfinished, known, tell)
        plan.bad.check()
        plan.bad.tell()
        content = _content(plan, unfinished)
        summary = summarize(content, name=name, source=source, seed=reading.seed)
        del content  # closes the mapped files before their folder is renamed
        return put_in_place(unfinished, summary, directory)


def _plan(listing: PictureListing, reading: Reading, known: KnownFiles, tell: Tell | None) -> _Plan:
    paths = [entry.path for entry in listing.entries]
    if reading.group_duplicates:
        facts = examine_pictures(listing.root, paths, known, tell)
    else:
        facts = examine_headers(listing.root, paths, known)
    bad = BadFiles(listing.place, listing.root, reading, len(paths)).with_headers(paths, facts)
    if bad.is_error:  # examine all files, to report all unreadable ones at once
        bad.with_problems(paths, examine_pictures(listing.root, paths, known, tell)).check()
    bad.check()
    kept = [index for index, fact in enumerate(facts) if fact.width]
    listing = replace(listing, entries=tuple(listing.entries[index] for index in kept))
    facts = [facts[index] for index in kept]
    targets = read_targets(listing, facts, reading.task)
    listing = targets.listing if targets else listing
    groups, grouped_by = _groups(listing, facts, reading)
    division = divide_listing(listing, groups, reading, (targets.y, targets.task) if targets else None)
    headers = [_header(facts[index]) for index in division.positions["train"]]
    form = choose_form(headers, reading.image_size)
    bad = bad.with_problems([entry.path for entry in listing.entries], facts)
    return _Plan(listing, tuple(facts), division, form, grouped_by, bad, reading, targets)


def _groups(
    listing: PictureListing, facts: list[Facts], reading: Reading
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Return the group of each image and the sources of the groups; None if there are no groups."""
    labelings, grouped_by = [], []
    names = [entry.group for entry in listing.entries]
    if any(names) and reading.split_by != "time":
        labelings.append(_numbered(names))
        grouped_by.append(reading.names.get("group", "group"))
    if reading.group_duplicates:
        from cnnsearch.data.duplicates import groups  # imports scipy
        from cnnsearch.data.scan import picture_files

        labelings.append(groups(picture_files(listing, facts)))
        grouped_by.append("duplicates")
    return (joined_groups(labelings) if labelings else None), tuple(grouped_by)


def _numbered(names: list[str]) -> NDArray[np.int64]:
    """Return the group number of each name; each empty name is a separate group."""
    numbers: dict[str, int] = {}
    keys = [name or f"\0{index}" for index, name in enumerate(names)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _header(facts: Facts) -> Header:
    return Header(facts.width, facts.height, facts.mode, facts.format)


def _is_examined(plan: _Plan) -> bool:
    return all(facts.sha256 or facts.problem for facts in plan.facts)


def _key(plan: _Plan) -> Key:
    return Key(
        fingerprint=_fingerprint(plan),
        split_seed=plan.reading.seed,
        split_origin=plan.division.origin,
        channel_mode=plan.form.mode,
        image_size=plan.size,
        grouped_by=plan.grouped_by,
        skipped=len(plan.bad),
        split_by=plan.division.split_by,
        task=plan.division.task.type,
        value_range=plan.reading.value_range,
    )


def _fingerprint(plan: _Plan) -> str:
    pairs = zip(plan.listing.entries, plan.facts, strict=True)
    good = ((entry, facts) for entry, facts in pairs if not facts.problem)
    if plan.listing.origin == "folder":  # the path contains part and label
        return file_fingerprint({entry.path: facts.sha256 for entry, facts in good})
    names = plan.listing.columns
    return file_fingerprint({entry.path: f"{facts.sha256} {_told(entry, names)}" for entry, facts in good})


def _told(entry: Entry, names: tuple[str, ...]) -> str:
    """Return the columns of an image in a manifest, with the names of its targets."""
    values = dict(zip(names, entry.values or (entry.label,), strict=True))
    return repr((values, entry.part, entry.group, entry.time))


def _packed(plan: _Plan, folder: Path, known: KnownFiles, tell: Tell | None) -> _Plan:
    """Decode all splits into a folder, and return the plan with the updated facts."""
    facts, y = list(plan.facts), plan.division.y
    paths = [entry.path for entry in plan.listing.entries]
    step = _Counter(len(paths), tell)
    try:
        for part in PARTS:
            positions = plan.division.positions[part].tolist()
            x_path, y_path = array_paths(folder, part)
            files = full_paths(plan.listing.root, [paths[index] for index in positions])
            results = pack(files, [facts[index] for index in positions], plan.form, x_path, step)
            for index, fact in zip(positions, results, strict=True):
                facts[index] = fact
                known.put(paths[index], fact)
            good = [index for index in positions if not facts[index].problem]
            if plan.targets:
                plan.targets.write(good, plan.form, y_path)
            else:
                np.save(y_path, y[good], allow_pickle=False)
    finally:
        known.save()
    return replace(plan, facts=tuple(facts), bad=plan.bad.with_problems(paths, facts))


class _Counter:
    def __init__(self, total: int, tell: Tell | None) -> None:
        self._done, self._total, self._tell = 0, total, tell

    def __call__(self, more: int) -> None:
        self._done += more
        if self._tell:
            self._tell(self._done, self._total)


def _values(plan: _Plan, x: NDArray[Any]) -> ValueRange:
    if plan.form.depth == 8 and plan.reading.value_range is None:
        return ValueRange()
    return find_range(x, f"uint{plan.form.depth}", plan.reading.value_range)


def _content(plan: _Plan, folder: Path) -> Content:
    splits = {part: map_split(folder, part) for part in PARTS}
    task = plan.division.task
    task.check({"train": splits["train"].y}, plan.listing.place)
    return Content(
        splits,
        task,
        _values(plan, splits["train"].x),
        _fingerprint(plan),
        plan.division.origin,
        plan.form.mode,
        plan.size,
        skipped=len(plan.bad),
        split_by=plan.division.split_by,
        grouped_by=plan.grouped_by,
    )
