"""Settings of a YOLO folder: the names of its classes, and the form of its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cnnsearch.data.reach import Reach, check_inside
from cnnsearch.errors import DataError

NAMES_FILE = "classes.txt"
_SETTINGS = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")


@dataclass(frozen=True)
class Form:
    """What the numbers of a line are.

    Args:
        names: The names of the classes; empty if there are none.
        keypoints: The names of the keypoints of an object.
        values: Numbers of a keypoint: 2, or 3 with its visibility.
        swaps: The pairs of keypoints that exchange in a mirrored picture; None if they are not given.
    """

    names: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()
    values: int = 3
    swaps: tuple[tuple[int, int], ...] | None = None


def find_form(folder: Path, reach: Reach) -> Form:
    """Return what the lines of a folder have, from its settings or its list of names.

    Raises:
        DataError: The file is not valid.
    """
    settings = next((folder / name for name in _SETTINGS if (folder / name).is_file()), None)
    if settings is not None:
        check_inside(settings, folder, reach, str(folder))
        return _form_of(_settings(settings), settings)
    for path in (folder / NAMES_FILE, folder / "labels" / NAMES_FILE):
        if path.is_file():
            check_inside(path, folder, reach, str(folder))
            return Form(
                _checked_names([line.strip() for line in read_text(path).splitlines() if line.strip()], path)
            )
    return Form()


def _settings(path: Path) -> Mapping[str, Any]:
    try:
        content = YAML(typ="safe", pure=True).load(read_text(path))
    except YAMLError as error:
        raise DataError(f"{path}: cannot be read as YAML ({error}).") from error
    if not isinstance(content, Mapping):
        raise DataError(f"{path}: found {type(content).__name__}; expected the settings of a YOLO dataset.")
    return content


def _form_of(content: Mapping[str, Any], path: Path) -> Form:
    names, shape = content.get("names") or [], content.get("kpt_shape")
    if isinstance(names, Mapping):
        if set(names) != set(range(len(names))):
            found = ", ".join(map(str, names))
            raise DataError(f"{path}: names: found the numbers {found}; expected 0 to {len(names) - 1}.")
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list):
        raise DataError(f"{path}: names: found {names!r}; expected a list, or a mapping from numbers.")
    form = Form(_checked_names(list(map(str, names)), path))
    if shape is None:
        return form
    is_shape = isinstance(shape, list) and len(shape) == 2 and all(isinstance(one, int) for one in shape)
    if not is_shape or shape[0] < 1 or shape[1] not in (2, 3):
        raise DataError(f"{path}: kpt_shape: found {shape!r}; expected the number of keypoints, and 2 or 3.")
    count, values = shape
    return Form(
        form.names,
        _keypoint_names(content.get("kpt_names"), count, path),
        values,
        _swaps(content.get("flip_idx"), count, path),
    )


def _keypoint_names(found: Any, count: int, path: Path) -> tuple[str, ...]:
    """Return the names of the keypoints: numbers where there are none, or where those of classes differ."""
    numbers = tuple(map(str, range(count)))
    lists = list(found.values()) if isinstance(found, Mapping) else [found] if found else []
    for names in lists:
        if not isinstance(names, list) or len(names) != count:
            raise DataError(
                f"{path}: kpt_names: found {names!r}; expected a list of {count} names, or one by class."
            )
    own = {_checked_names(list(map(str, names)), path, "keypoint") for names in lists}
    return own.pop() if len(own) == 1 else numbers


def _swaps(order: Any, count: int, path: Path) -> tuple[tuple[int, int], ...] | None:
    """Return the pairs of keypoints that exchange, from the order of the keypoints of a mirrored picture."""
    if not order:
        return None
    is_order = isinstance(order, list) and all(isinstance(one, int) for one in order)
    if not is_order or sorted(order) != list(range(count)) or any(order[order[i]] != i for i in order):
        raise DataError(
            f"{path}: flip_idx: found {order!r}; expected the numbers 0 to {count - 1}, those of pairs "
            "exchanged."
        )
    return tuple((first, second) for first, second in enumerate(order) if first < second)


def _checked_names(names: list[str], path: Path, noun: str = "class") -> tuple[str, ...]:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{path}: found {', '.join(twice)} twice; expected a different name for each {noun}.")
    return tuple(names)


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as text ({error}).") from error
