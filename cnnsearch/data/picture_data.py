"""A listing of pictures becomes a stored dataset: split, decoded into array files, measured, put in place.

The split comes before the decoding, because the training pictures alone decide the form of all.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data.bad_files import BadFiles
from cnnsearch.data.content import Content, summarize
from cnnsearch.data.division import Division, divide_listing
from cnnsearch.data.examine import examine_headers, examine_pictures
from cnnsearch.data.grouped import joined_groups
from cnnsearch.data.known_files import Facts, KnownFiles
from cnnsearch.data.listing import Entry, PictureListing
from cnnsearch.data.measures import file_fingerprint
from cnnsearch.data.packing import pack
from cnnsearch.data.pictures import Header, PictureForm, choose_form
from cnnsearch.data.reading import Reading, Tell
from cnnsearch.data.splits import PARTS
from cnnsearch.data.store import Key, array_paths, map_split, put_in_place, unfinished_folder


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is to be decoded, and into which splits and form.

    Args:
        listing: The pictures whose headers can be read.
        facts: What is known of each.
        division: Their splits.
        form: What all are brought to.
        grouped_by: As `DatasetSummary.grouped_by`.
        bad: The files that cannot be read, as far as is known.
        reading: How the dataset is read.
    """

    listing: PictureListing
    facts: tuple[Facts, ...]
    division: Division
    form: PictureForm
    grouped_by: tuple[str, ...]
    bad: BadFiles
    reading: Reading

    @property
    def size(self) -> tuple[int, int]:
        """`(height, width)` of all pictures."""
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
    """Decodes the pictures of a listing into a folder of their own, unless they are there already.

    Args:
        listing: The pictures.
        reading: How they are read and split.
        directory: Where stored datasets are; made where missing.
        name: What the dataset is called.
        source: Where it is, for the record.
        known: What is known of the files from before.
        tell: Told of progress.

    Returns:
        The folder, for `open_stored` and `open_test`.

    Raises:
        DataError: The pictures cannot be split as asked, or too many cannot be decoded.
    """
    plan = _plan(listing, reading, known, tell)
    folder = directory / _key(plan).folder_name
    if _is_known(plan) and folder.is_dir():
        plan.bad.check()
        plan.bad.tell()
        return folder
    with unfinished_folder(directory) as unfinished:
        plan = _packed(plan, unfinished, known, tell)
        plan.bad.check()
        plan.bad.tell()
        content = _content(plan, unfinished)
        summary = summarize(content, name=name, source=source, seed=reading.seed)
        del content  # lets go of the mapped files before their folder is renamed
        return put_in_place(unfinished, summary, directory)


def _plan(listing: PictureListing, reading: Reading, known: KnownFiles, tell: Tell | None) -> _Plan:
    paths = [entry.path for entry in listing.entries]
    if reading.group_duplicates:
        facts = examine_pictures(listing.root, paths, known, tell)
    else:
        facts = examine_headers(listing.root, paths, known)
    bad = BadFiles(listing.place, listing.root, reading, len(paths)).with_headers(paths, facts)
    if bad.is_error:  # then all of them are named at once
        bad.with_problems(paths, examine_pictures(listing.root, paths, known, tell)).check()
    bad.check()
    kept = [index for index, fact in enumerate(facts) if fact.width]
    listing = replace(listing, entries=tuple(listing.entries[index] for index in kept))
    facts = [facts[index] for index in kept]
    groups, grouped_by = _groups(listing, facts, reading)
    division = divide_listing(listing, groups, reading)
    headers = [_header(facts[index]) for index in division.positions["train"]]
    form = choose_form(headers, reading.image_size)
    bad = bad.with_problems([entry.path for entry in listing.entries], facts)
    return _Plan(listing, tuple(facts), division, form, grouped_by, bad, reading)


def _groups(
    listing: PictureListing, facts: list[Facts], reading: Reading
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The group of each picture, and what made them; None where no pictures belong together."""
    labelings, made_by = [], []
    names = [entry.group for entry in listing.entries]
    if any(names) and reading.split_by != "time":
        labelings.append(_numbered(names))
        made_by.append(reading.names.get("group", "group"))
    if reading.group_duplicates:
        from cnnsearch.data.duplicates import groups  # brings scipy
        from cnnsearch.data.scan import picture_files

        labelings.append(groups(picture_files(listing, facts)))
        made_by.append("duplicates")
    return (joined_groups(labelings) if labelings else None), tuple(made_by)


def _numbered(names: list[str]) -> NDArray[np.int64]:
    """The group of each name; an empty name is a group of its own."""
    numbers: dict[str, int] = {}
    keys = [name or f"\0{index}" for index, name in enumerate(names)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _header(facts: Facts) -> Header:
    return Header(facts.width, facts.height, facts.mode, facts.format)


def _is_known(plan: _Plan) -> bool:
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
    )


def _fingerprint(plan: _Plan) -> str:
    pairs = zip(plan.listing.entries, plan.facts, strict=True)
    good = ((entry, facts) for entry, facts in pairs if not facts.problem)
    if plan.listing.origin == "folder":  # a path says it all
        return file_fingerprint({entry.path: facts.sha256 for entry, facts in good})
    return file_fingerprint({entry.path: f"{facts.sha256} {_told(entry)}" for entry, facts in good})


def _told(entry: Entry) -> str:
    return repr((entry.label, entry.part, entry.group, entry.time))


def _packed(plan: _Plan, folder: Path, known: KnownFiles, tell: Tell | None) -> _Plan:
    """Decodes all splits into a folder; what was found out about the files is in the plan that returns."""
    facts, y = list(plan.facts), plan.division.y
    paths = [entry.path for entry in plan.listing.entries]
    step = _Counter(len(paths), tell)
    try:
        for part in PARTS:
            positions = plan.division.positions[part].tolist()
            x_path, y_path = array_paths(folder, part)
            files = [plan.listing.root / paths[index] for index in positions]
            found = pack(files, [facts[index] for index in positions], plan.form, x_path, step)
            for index, fact in zip(positions, found, strict=True):
                facts[index] = fact
                known.put(paths[index], fact)
            good = [index for index in positions if not facts[index].problem]
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


def _content(plan: _Plan, folder: Path) -> Content:
    splits = {part: map_split(folder, part) for part in PARTS}
    task = plan.division.task
    task.check({"train": splits["train"].y}, plan.listing.place)
    return Content(
        splits,
        task,
        _fingerprint(plan),
        plan.division.origin,
        plan.form.mode,
        plan.size,
        skipped=len(plan.bad),
        split_by=plan.division.split_by,
        grouped_by=plan.grouped_by,
    )
