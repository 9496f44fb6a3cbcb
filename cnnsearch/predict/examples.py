"""The examples to predict: found at first, read and brought to the network's form a batch at a time."""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.files import InputForm
from cnnsearch.data.listing import is_picture
from cnnsearch.data.pictures import PictureError, PictureForm, decoding_threads, read_content, read_pixels
from cnnsearch.errors import DataError
from cnnsearch.predict.arrays import check_examples, read_examples


class Example(NamedTuple):
    """One example: a picture, or a place in a file's array."""

    path: Path
    position: int | None = None

    @property
    def name(self) -> str:
        """As it is told."""
        return str(self.path) if self.position is None else f"{self.path}[{self.position}]"


@dataclass(frozen=True, eq=False)
class Examples:
    """What was found.

    Attributes:
        form: What the network takes.
        found: In the order that was given; a folder's by path.
        notes: What is worth saying of them.
    """

    form: InputForm
    found: list[Example] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _arrays: dict[Path, NDArray[Any]] = field(default_factory=dict)

    def read(self, batch: Sequence[Example]) -> list[NDArray[Any] | str]:
        """Each example in the network's form, or why it cannot be had."""
        with decoding_threads() as pool:
            return list(pool.map(self._read, batch))

    def _read(self, example: Example) -> NDArray[Any] | str:
        if example.position is not None:
            x: NDArray[Any] = self._arrays[example.path][example.position]
            return x if np.isfinite(x).all() else "holds NaN or infinite values"
        try:
            return read_pixels(example.path, read_content(example.path), picture_form(self.form))
        except PictureError as error:
            return str(error)

    def add(self, path: Path) -> None:
        """Adds what a path leads to.

        Raises:
            DataError: There is nothing there, or nothing that this network takes.
        """
        suffix = path.suffix.lower()
        if path.is_dir():
            self._add_pictures(path, sorted(_pictures(path)))
        elif not path.exists():
            raise DataError(f"{path}: there is no such file or folder")
        elif suffix == ".npz":
            self._add_arrays(path)
        elif suffix == ".csv":
            self._add_pictures(path, list(_listed(path)))
        else:
            self._add_pictures(path, [path])

    def _add_arrays(self, path: Path) -> None:
        x = read_examples(path)
        self._arrays[path], notes = check_examples(x, self.form, str(path))
        self.notes.extend(notes)
        self.found.extend(Example(path, position) for position in range(len(x)))

    def _add_pictures(self, place: Path, pictures: list[Path]) -> None:
        if not pictures:
            raise DataError(f"{place}: no pictures in it")
        _check_takes_pictures(self.form, place)
        self.found.extend(map(Example, pictures))


def find_examples(paths: Sequence[Path], form: InputForm) -> Examples:
    """Finds the examples that paths lead to.

    Raises:
        DataError: A path leads nowhere, or to what this network does not take.
    """
    examples = Examples(form)
    for path in paths:
        examples.add(path)
    return examples


def picture_form(form: InputForm) -> PictureForm:
    """What pictures are brought to, as before training. One channel is greyscale, three are RGB."""
    height, width, channels = form.shape
    return PictureForm(form.channel_mode or ("L" if channels == 1 else "RGB"), height, width)


def _check_takes_pictures(form: InputForm, place: Path) -> None:
    if len(form.shape) != 3 or form.shape[2] not in (1, 3):
        raise DataError(
            f"{place}: pictures, but this network takes arrays of {form.text}; give an .npz file with x"
        )
    if form.dtype != "uint8":
        raise DataError(
            f"{place}: pictures have values from 0 to 255, but this network was trained on arrays with "
            f"values from {form.value_low:g} to {form.value_high:g}; give an .npz file with x"
        )


def _pictures(folder: Path) -> Iterator[Path]:
    """All pictures below a folder; hidden ones are passed over, and links to folders are not followed."""
    for place, subfolders, names in os.walk(folder):
        subfolders[:] = [name for name in subfolders if _counts(name)]
        yield from (Path(place, name) for name in names if _counts(name) and is_picture(name))


def _counts(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _listed(path: Path) -> Iterator[Path]:
    """The pictures that a CSV file names in its column `path`, relative to its folder."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if "path" not in (rows.fieldnames or ()):
                raise DataError(
                    f"{path}: no column path; found the columns {', '.join(rows.fieldnames or ()) or 'none'}"
                )
            yield from (path.parent / row["path"].strip() for row in rows if row["path"])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a CSV manifest ({error})") from error
