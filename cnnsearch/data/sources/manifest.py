"""CSV manifest -> listing: one line per image, with path, label or mask, and maybe split, group and time."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnsearch.data.listing import Entry, PictureListing, named
from cnnsearch.data.reach import OWN_FOLDER, Reach, are_outside, common_root, place_paths
from cnnsearch.data.sources.base import PictureSource
from cnnsearch.data.sources.folder import PART_SPELLINGS
from cnnsearch.data.sources.masks import check_task
from cnnsearch.errors import DataError
from cnnsearch.tasks.tagging.task import SEPARATOR

COLUMNS = ("path", "label", "split", "group", "time", "mask")
_MASK_TASKS = ("segmentation", "instances")
_HINT = " (--data-root names another folder, --follow-links allows links)"
_FIRST_LINE = 2  # line number below the header


def read_manifest(
    path: Path, columns: Mapping[str, str], task: str | None = None, reach: Reach = OWN_FOLDER
) -> PictureListing:
    """Read a manifest; `reach.py` has the rule of its paths.

    Args:
        path: The CSV file, in UTF-8, with the names of the columns in the first line.
        columns: The manifest's names for `path`, `label`, `split`, `group`, `time` and `mask`, if different;
            `label` can be several columns of targets, separated by commas. Masks are the targets if their
            column is named here, if the task is theirs, or if there is no label.
        task: Name of the task; by default inferred from the targets. With `tagging`, a label may be empty.
        reach: The places that the manifest may lead to.

    Raises:
        DataError: A column is missing, or lines are not valid; the message lists up to ten.
    """
    return list_table(_read(path), path.parent, str(path), columns, task, reach)


def read_paths(path: Path, columns: Mapping[str, str], reach: Reach = OWN_FOLDER) -> list[Path]:
    """Read the paths of the images in a manifest, which needs no other column; `reach.py` has their rule.

    Raises:
        DataError: As for `read_manifest`.
    """
    table, name = _read(path), columns.get("path", "path")
    _check_columns(table, {"path": name}, str(path))
    _check(str(path), "missing path", (not value for value in table[name]))
    return [Path(found) for found in _reachable(table[name], path.parent, reach, str(path))]


def list_table(
    table: dict[str, list[str]],
    folder: Path,
    place: str,
    columns: Mapping[str, str],
    task: str | None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the images of the columns of a manifest.

    Args:
        table: The values of each column.
        folder: The manifest's folder.
        place: The manifest, for messages.
        columns: As for `read_manifest`.
        task: As for `read_manifest`.
        reach: As for `read_manifest`.

    Raises:
        DataError: As for `read_manifest`.
    """
    if _has_masks(table, columns, task):
        return _list_masks(table, folder, place, columns, task, reach)
    targets = _target_columns(table, columns)
    if twice := sorted({name for name in targets if targets.count(name) > 1}):
        raise DataError(f"columns: label names {', '.join(twice)} twice; name each column once.")
    values = list(zip(*(table[name] for name in targets), strict=True))
    if targets:
        table[",".join(targets)] = [",".join(row) for row in values]
    lines = _renamed(table, columns, place, "label")
    allows_empty = task == "tagging" or any(SEPARATOR in label for label in lines["label"])
    pairs = zip(lines["path"], lines["label"], strict=True)
    _check(place, "missing path or label", (not name or not (label or allows_empty) for name, label in pairs))
    paths = _reachable(lines["path"], folder, reach, place)
    root, relative = common_root(paths, folder, reach)
    rows = zip(
        relative,
        lines["label"],
        *_circumstances(lines, paths, place),
        values or [()] * len(paths),
        strict=True,
    )
    entries = tuple(Entry(*row) for row in rows)
    names = targets or (columns.get("label", "label"),)
    return PictureListing(root, place, "manifest", entries, columns=names)


def _has_masks(table: Mapping[str, list[str]], columns: Mapping[str, str], task: str | None) -> bool:
    """Return whether the targets of a manifest are masks."""
    has_label = columns.get("label", "label") in table or "label" in columns
    return "mask" in columns or ("mask" in table and (task in _MASK_TASKS or not has_label))


def _list_masks(
    table: dict[str, list[str]],
    folder: Path,
    place: str,
    columns: Mapping[str, str],
    task: str | None,
    reach: Reach,
) -> PictureListing:
    """List the images of a manifest, each with its mask; the arguments are those of `list_table`."""
    check_task(task, place)
    lines = _renamed(table, columns, place, "mask")
    pairs = zip(lines["path"], lines["mask"], strict=True)
    _check(place, "missing path or mask", (not name or not mask for name, mask in pairs))
    paths = _reachable(lines["path"], folder, reach, place)
    masks = _reachable(lines["mask"], folder, reach, place)
    root, relative = common_root([*paths, *masks], folder, reach)
    pictures, own = relative[: len(paths)], relative[len(paths) :]
    rows = zip(pictures, *_circumstances(lines, paths, place), own, strict=True)
    entries = tuple(Entry(path, "", part, group, time, mask=mask) for path, part, group, time, mask in rows)
    return PictureListing(root, place, "manifest", entries, columns=(columns.get("mask", "mask"),))


def _circumstances(
    lines: Mapping[str, list[str]], paths: Sequence[str], place: str
) -> tuple[list[str], list[str], list[float | None]]:
    """Return the parts, groups and times of the images of a manifest."""
    _check(place, "duplicate path", _repeated(paths), lines["path"])
    parts = _parts(lines["split"])
    _check(place, "expected train, validation or test", (part == "?" for part in parts), lines["split"])
    return parts, lines["group"], _times(lines["time"], place)


def _reachable(names: list[str], folder: Path, reach: Reach, place: str) -> list[str]:
    """Return the paths of a manifest as absolute paths.

    Raises:
        DataError: Paths lead elsewhere.
    """
    paths = place_paths(names, folder, reach, place)
    fault = f"path outside of the manifest's folder{' and the data root' if reach.data_root else ''}{_HINT}"
    _check(place, fault, are_outside(paths, folder, reach, place), names)
    return paths


def _read(path: Path) -> dict[str, list[str]]:
    """Return the columns of a CSV file, with values stripped of surrounding spaces.

    Lines may end in additional separators, and may lack values at their end, which are then empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [[value.strip() for value in row] for row in csv.reader(file)]
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a CSV manifest ({error}).") from error
    if not lines:
        raise DataError(f"{path}: cannot be read as a CSV manifest (it is empty).")
    header, *rows = lines
    while rows and not any(rows[-1]):  # empty lines at the end of the file
        rows.pop()
    if not rows:
        raise DataError(f"{path}: found no lines below the header; expected one for each image.")
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise DataError(f"{path}: found two columns {', '.join(twice)}; expected different names.")
    _check(
        str(path), f"more values than the {len(header)} columns", (any(row[len(header) :]) for row in rows)
    )
    filled = [row + [""] * (len(header) - len(row)) for row in rows]
    return {name: [row[place] for row in filled] for place, name in enumerate(header)}


def _renamed(
    table: dict[str, list[str]], columns: Mapping[str, str], place: str, target: str
) -> dict[str, list[str]]:
    """Return the columns under their standard names; those that may be missing, and are, are empty."""
    if unknown := set(columns) - set(COLUMNS):
        raise DataError(f"columns: found {', '.join(sorted(unknown))}; expected {', '.join(COLUMNS)}.")
    names = {name: columns.get(name, name) for name in COLUMNS}
    _check_columns(
        table, {n: own for n, own in names.items() if n in columns or n in ("path", target)}, place
    )
    empty = [""] * len(table[names["path"]])
    return {name: table.get(own, empty) for name, own in names.items()}


def _check_columns(table: Mapping[str, list[str]], wanted: Mapping[str, str], place: str) -> None:
    missing = [f"{own!r} (the {name})" for name, own in wanted.items() if own not in table]
    if missing:
        raise DataError(
            f"{place}: no column {', '.join(missing)}; found {', '.join(table)}. "
            f"Name the columns with --columns {','.join(f'{name}=NAME' for name in wanted)}."
        )


def _target_columns(table: Mapping[str, list[str]], columns: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns of targets if `label` names several, else none."""
    label = columns.get("label", "label")
    names = tuple(label.split(","))
    return names if label not in table and len(names) > 1 and all(name in table for name in names) else ()


def _repeated(paths: Iterable[str]) -> Iterator[bool]:
    """Yield whether each path occurred before."""
    seen: set[str] = set()
    for path in paths:
        yield path in seen
        seen.add(path)


def _check(place: str, fault: str, is_wrong: Iterable[Any], values: Iterable[str] | None = None) -> None:
    wrong = [index for index, wrong in enumerate(is_wrong) if wrong]
    if wrong:
        shown = list(values or ())
        lines = [f"line {index + _FIRST_LINE}" + (f": {shown[index]!r}" if shown else "") for index in wrong]
        raise DataError(f"{place}: {fault}:{named(lines)}")


def _parts(words: list[str]) -> list[str]:
    """Return the part of each line: `?` for an unknown or missing word, empty if all lines have none."""
    if not any(words):
        return words
    return [PART_SPELLINGS.get(word.lower(), "?") for word in words]


def _times(values: list[str], place: str) -> list[float | None]:
    """Return numbers or ISO 8601 dates as numbers in the order of time; all None if no line has one."""
    if not any(values):
        return [None] * len(values)
    import pandas as pd

    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    if numbers.isna().any():
        dates = pd.to_datetime(pd.Series(values), errors="coerce", utc=True, format="ISO8601")
        _check(
            place, "expected a number or a date such as 2024-05-31 or 2024-05-31T12:00", dates.isna(), values
        )
        numbers = dates.astype("int64")
    return [float(number) for number in numbers]


def _is_manifest(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".csv"


MANIFEST = PictureSource("a CSV manifest", takes=_is_manifest, list=read_manifest)
