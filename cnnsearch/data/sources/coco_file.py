"""One COCO JSON file (https://cocodataset.org/#format-data) -> its pictures with their objects, checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnsearch.data.annotations import Annotation, Box, Point, Region, box_around
from cnnsearch.data.run_lengths import read_counts
from cnnsearch.errors import DataError

_LISTS = ("images", "annotations", "categories")
_NONE: tuple[Any, ...] = (None, [], {}, "")
_LEAST = 6  # numbers of a polygon that encloses an area
_MOST = 1e9  # a coordinate, far beyond the pixels of a picture


@dataclass(frozen=True)
class CocoPicture:
    """A picture of a file.

    Args:
        name: Its path, relative to a folder that the file does not name.
        size: `(height, width)`; None if the file does not give it.
        objects: Its objects, in the order of the file.
    """

    name: str
    size: tuple[int, int] | None
    objects: tuple[Annotation, ...]


@dataclass(frozen=True)
class CocoFile:
    """The content of a file.

    Args:
        pictures: The pictures, in the order of the file.
        keypoints: The names of the keypoints of each category, in the order of the file.
    """

    pictures: tuple[CocoPicture, ...]
    keypoints: Mapping[str, tuple[str, ...]]

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of the categories, in the order of the file."""
        return tuple(self.keypoints)


def read_coco(path: Path, name: str) -> CocoFile:
    """Read a file.

    Args:
        path: The file.
        name: Its name in the places of its annotations.

    Raises:
        DataError: It is not in COCO format; the message names the picture, category or annotation.
    """
    return _Reader(str(path), name).read(_content(path))


def _content(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as a COCO file ({error}).") from error
    if not isinstance(content, dict) or (missing := [key for key in _LISTS if key not in content]):
        what = f"no {', '.join(missing)}" if isinstance(content, dict) else type(content).__name__
        raise DataError(f"{path}: found {what}; expected the lists {', '.join(_LISTS)} of a COCO file.")
    for key in _LISTS:
        records = content[key]
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise DataError(f"{path}: {key}: expected a list of objects, as in a COCO file.")
    return content


class _Reader:
    """Reads the records of a file; errors name the file and the record."""

    def __init__(self, file: str, name: str) -> None:
        self._file, self._name = file, name
        self._names: dict[int | str, str] = {}
        self._keypoints: dict[str, tuple[str, ...]] = {}

    def read(self, content: Mapping[str, list[dict[str, Any]]]) -> CocoFile:
        for number, record in enumerate(content["categories"]):
            self._add_category(record, f"{self._file}: category number {number}")
        pictures: dict[int | str, dict[str, Any]] = {}
        for number, record in enumerate(content["images"]):
            place = f"{self._file}: image number {number}"
            key = _key(record, "id", place)
            if key in pictures:
                raise DataError(f"{place}: found the id {key!r} a second time.")
            pictures[key] = record
        objects: dict[int | str, list[Annotation]] = {key: [] for key in pictures}
        for number, record in enumerate(content["annotations"]):
            what = f"annotation {record.get('id', f'number {number}')}"
            place = f"{self._file}: {what}"
            key = _key(record, "image_id", place)
            if key not in pictures:
                raise DataError(f"{place}: found the image_id {key!r}, which is not in the list images.")
            one = self._annotation(record, pictures[key], place)
            objects[key].append(replace(one, place=f"{self._name}: {what}"))
        return CocoFile(
            tuple(
                CocoPicture(_name(record, place), _size(record, place), tuple(objects[key]))
                for key, record in pictures.items()
                for place in [f"{self._file}: image {key}"]
            ),
            self._keypoints,
        )

    def _add_category(self, record: Mapping[str, Any], place: str) -> None:
        key, name = _key(record, "id", place), _need(record, "name", str, "a text", place)
        if key in self._names:
            raise DataError(f"{place}: found the id {key!r} a second time.")
        names = record.get("keypoints") or []
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise DataError(f"{place}: keypoints: expected a list of names.")
        self._names[key] = name
        self._keypoints[name] = self._keypoints.get(name) or tuple(names)

    def _annotation(self, record: Mapping[str, Any], picture: Mapping[str, Any], place: str) -> Annotation:
        """Return an object; without more than its category if the file does not declare that."""
        key = _key(record, "category_id", place)
        if key not in self._names:
            return Annotation(f"the category_id {key!r}", place)
        name = self._names[key]
        region = _region(record.get("segmentation"), place)
        points = _points(record.get("keypoints"), self._keypoints[name], name, place)
        box = _box(record.get("bbox"), place)
        if box is None and region and region.polygons:
            box = box_around(region.polygons)
        if box is None and region is None and not points:
            raise DataError(f"{place}: found none of bbox, segmentation and keypoints; expected one of them.")
        if region and region.size != (0, 0) and region.size != (_size(picture, place) or region.size):
            raise DataError(
                f"{place}: segmentation: found run lengths of size {list(region.size)}; expected the height "
                f"and width of its image, {list(_size(picture, place) or ())}."
            )
        return Annotation(name, place, box, points, region, bool(record.get("iscrowd", 0)))


def _need(record: Mapping[str, Any], key: str, kind: type, expected: str, place: str) -> Any:
    if key not in record:
        raise DataError(f"{place}: found no {key}; expected {expected}.")
    value = record[key]
    if not isinstance(value, kind):
        raise DataError(f"{place}: {key}: found {value!r}; expected {expected}.")
    return value


def _key(record: Mapping[str, Any], key: str, place: str) -> int | str:
    value: int | str = _need(record, key, (int, str), "a whole number", place)  # type: ignore[arg-type]
    return value


def _name(record: Mapping[str, Any], place: str) -> str:
    name: str = _need(record, "file_name", str, "the path of a picture", place)
    if not name or "\0" in name:
        raise DataError(f"{place}: file_name: found {name!r}; expected the path of a picture.")
    return name


def _size(record: Mapping[str, Any], place: str) -> tuple[int, int] | None:
    """Return the height and width of a picture; None if they are not given."""
    values: list[Any] = [record.get(key) for key in ("height", "width")]
    if not any(values):
        return None
    height, width = values
    if not all(isinstance(side, int | float) and side > 0 and side == side // 1 for side in values):
        raise DataError(f"{place}: found the height {height!r} and width {width!r}; expected whole numbers.")
    return int(height), int(width)


def _numbers(value: Any, what: str, expected: str, place: str) -> tuple[float, ...]:
    is_list = isinstance(value, list) and all(isinstance(one, int | float) for one in value)
    if not is_list or not all(abs(one) < _MOST for one in value):  # NaN is not below either
        raise DataError(f"{place}: {what}: found {_short(value)}; expected {expected}.")
    return tuple(map(float, value))


def _box(value: Any, place: str) -> Box | None:
    if value in _NONE:
        return None
    numbers = _numbers(value, "bbox", "x, y, width, height", place)
    if len(numbers) != 4:
        raise DataError(f"{place}: bbox: found {_short(value)}; expected x, y, width, height.")
    x, y, width, height = numbers
    return x, y, x + width, y + height


def _points(value: Any, names: tuple[str, ...], category: str, place: str) -> tuple[Point, ...]:
    if value in _NONE:
        return ()
    numbers = _numbers(value, "keypoints", "x, y and visibility of each keypoint", place)
    if len(numbers) != 3 * len(names):
        raise DataError(
            f"{place}: found {len(numbers)} numbers of keypoints; expected {3 * len(names)}: three for each "
            f"of the {len(names)} keypoints of the category {category!r}."
        )
    rows = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
    if wrong := [visibility for _, _, visibility in rows if visibility not in (0, 1, 2)]:
        raise DataError(f"{place}: keypoints: found the visibility {wrong[0]:g}; expected 0, 1 or 2.")
    return tuple((x, y, int(visible)) if visible else (0.0, 0.0, 0) for x, y, visible in rows)


def _region(value: Any, place: str) -> Region | None:
    if value in _NONE:
        return None
    what = "segmentation"
    if isinstance(value, list):
        polygons = tuple(_numbers(one, what, "lists of x, y, x, y, ...", place) for one in value)
        if odd := [len(polygon) for polygon in polygons if len(polygon) % 2]:
            raise DataError(
                f"{place}: {what}: found a polygon of {odd[0]} numbers; expected x and y of each point."
            )
        areas = tuple(polygon for polygon in polygons if len(polygon) >= _LEAST)
        return Region(areas) if areas else None
    if not isinstance(value, dict) or not {"size", "counts"} <= value.keys():
        raise DataError(
            f"{place}: {what}: found {_short(value)}; expected polygons, or run lengths with size and counts."
        )
    size = _numbers(value["size"], f"{what}, size", "height and width", place)
    if len(size) != 2 or any(side < 1 or side != int(side) for side in size):
        raise DataError(f"{place}: {what}, size: found {_short(value['size'])}; expected height and width.")
    height, width = map(int, size)
    return Region(counts=read_counts(value["counts"], height * width, place), size=(height, width))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
