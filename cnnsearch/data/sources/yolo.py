"""YOLO folder -> listing: a text file for each picture, one object a line, in shares of the picture's sides.

A line is `class cx cy w h`, `class x1 y1 x2 y2 x3 y3 ...` (a polygon), or `class cx cy w h x y v ...`
(keypoints; their number, names and exchange in a mirrored picture are `kpt_shape`, `kpt_names` and `flip_idx`
in data.yaml).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from cnnsearch.data.annotations import Annotation, Box, Point, Region, box_around
from cnnsearch.data.listing import Entry, PictureListing
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.sources.base import PictureSource, refuse_columns
from cnnsearch.data.sources.folder import PART_SPELLINGS, list_all
from cnnsearch.data.sources.pairs import by_name, check_no_rest, find_pairs
from cnnsearch.data.sources.yolo_settings import NAMES_FILE, Form, find_form, read_text
from cnnsearch.data.splits import PARTS
from cnnsearch.errors import DataError

_PICTURES, _LABELS = ("images",), ("labels",)
_BOX = 4  # numbers
_LEAST = 6  # numbers of a polygon


def list_yolo(
    folder: Path,
    columns: Mapping[str, str] | None = None,
    task: str | None = None,
    reach: Reach = OWN_FOLDER,
) -> PictureListing:
    """List the pictures of a YOLO folder, each with the objects in the text file of its name.

    Args:
        folder: A folder with `images` and `labels`, both of which may have a folder for each part; or part
            folders that have both. Names of the classes are in `data.yaml` or `dataset.yaml` (`names`), or in
            `classes.txt`; else they are the numbers.
        columns: Only for manifests.
        task: Without effect: it is chosen by what the objects have.
        reach: Whether links out of the folder are followed.

    Raises:
        DataError: A line is not valid, or a text file has no picture.
    """
    refuse_columns(folder, columns)
    form, entries = find_form(folder, reach), list[Entry]()
    for part, (pictures, labels) in find_pairs(folder, _PICTURES, _LABELS).items():
        texts = [path for path in list_all(labels, reach, (".txt",)) if path.name != NAMES_FILE]
        files = by_name(texts, labels, "files of labels", str(folder))
        found = by_name(list_all(pictures, reach), pictures, "pictures", str(folder))
        check_no_rest(files, found, "files of labels", folder)
        parts = dict.fromkeys(found, part) if part else _inner_parts(found)
        for name, path in found.items():
            objects = tuple(_read(files[name], form, folder)) if name in files else ()
            entries.append(Entry(path.relative_to(folder), "", parts[name], objects=objects))
    if not entries:
        raise DataError(f"{folder}: found no pictures.")
    numbers = sorted({int(one.category) for entry in entries for one in entry.objects or ()})
    names = dict(enumerate(form.names)) or {number: str(number) for number in numbers}
    return PictureListing(
        folder.resolve(),
        str(folder),
        "yolo",
        _in_order(_named(entry, names) for entry in entries),
        columns=("objects",),
        categories=tuple(names.values()),
        keypoints=form.keypoints,
        swaps=form.swaps,
        in_shares=True,
    )


def _is_yolo(path: Path) -> bool:
    return path.is_dir() and any(
        any(file.suffix.lower() == ".txt" and file.name != NAMES_FILE for file in labels.rglob("*"))
        for _, labels in find_pairs(path, _PICTURES, _LABELS).values()
    )


def _inner_parts(names: Mapping[str, Path]) -> dict[str, str]:
    """Return the part of each picture, if each is in the folder of a part, and some are in that of train."""
    parts = {name: PART_SPELLINGS.get(name.partition("/")[0].lower(), "") for name in names if "/" in name}
    is_divided = len(parts) == len(names) and all(parts.values()) and "train" in parts.values()
    return parts if is_divided else dict.fromkeys(names, "")


def _in_order(entries: Iterator[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: ("", *PARTS).index(entry.part)))


def _named(entry: Entry, names: Mapping[int, str]) -> Entry:
    """Return an entry whose objects have the names of their categories; others have the number."""
    objects = tuple(
        replace(one, category=names.get(int(one.category), f"the class {one.category}"))
        for one in entry.objects or ()
    )
    return replace(entry, objects=objects)


def _read(path: Path, form: Form, folder: Path) -> Iterator[Annotation]:
    """Yield the objects of a file, in shares of the picture; the category is a number as text."""
    name = path.relative_to(folder).as_posix()
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if words := line.split():
            try:
                yield _object(words, form, f"{name}: line {number}")
            except ValueError as error:
                raise DataError(f"{folder}: {name}: line {number}: {error}.") from None


def _object(words: list[str], form: Form, place: str) -> Annotation:
    """Return the object of a line.

    Raises:
        ValueError: The line is not valid; the message says why.
    """
    category, numbers = _category(words[0]), [_number(word) for word in words[1:]]
    with_keypoints = _BOX + len(form.keypoints) * form.values
    if form.keypoints and len(numbers) == with_keypoints:
        return Annotation(category, place, _box(numbers[:_BOX]), _points(numbers[_BOX:], form.values))
    if len(numbers) == _BOX:
        return Annotation(category, place, _box(numbers))
    if form.keypoints or len(numbers) < _LEAST or len(numbers) % 2:
        other = (
            f"{1 + with_keypoints} with keypoints"
            if form.keypoints
            else "x and y of at least 3 points after the class"
        )
        raise ValueError(f"found {len(words)} values; expected class, cx, cy, w, h, or {other}")
    polygon = tuple(numbers)
    return Annotation(category, place, box_around([polygon]), region=Region((polygon,)))


def _category(word: str) -> str:
    if not (word.isascii() and word.isdecimal()):
        raise ValueError(f"found the class {word!r}; expected a whole number")
    return str(int(word))


def _number(word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"found {word!r}; expected a number")
    return number


def _box(numbers: list[float]) -> Box:
    x, y, width, height = numbers
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _points(numbers: list[float], values: int) -> tuple[Point, ...]:
    """Return keypoints; without a visibility, one at 0, 0 is not labelled."""
    points = []
    for start in range(0, len(numbers), values):
        x, y = numbers[start : start + 2]
        visible = numbers[start + 2] if values == 3 else 2 * bool(x or y)
        if visible not in (0, 1, 2):
            raise ValueError(f"found the visibility {visible:g} of a keypoint; expected 0, 1 or 2")
        points.append((x, y, int(visible)) if visible else (0.0, 0.0, 0))
    return tuple(points)


YOLO = PictureSource("a YOLO folder", takes=_is_yolo, list=list_yolo)
