"""The examples to predict: listed first, then read and converted to the network's input in batches."""

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
from cnnsearch.data.pictures import PictureError, decoding_threads, read_content, read_pixels
from cnnsearch.errors import DataError
from cnnsearch.predict.arrays import check_examples, range_notes, read_examples

_BYTES = np.array([0, 255], np.uint8)  # the range of 8-bit images


class Example(NamedTuple):
    """One example: an image file, or a position in the array of a file."""

    path: Path
    position: int | None = None

    @property
    def name(self) -> str:
        """The example as named in the output."""
        return str(self.path) if self.position is None else f"{self.path}[{self.position}]"


@dataclass(frozen=True, eq=False)
class Examples:
    """The listed examples.

    Attributes:
        form: The input of the network.
        path_column: The column of CSV manifests that holds paths of images.
        found: The examples in the given order; those of a folder by path.
        notes: Notes on unusual values.
    """

    form: InputForm
    path_column: str = "path"
    found: list[Example] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _arrays: dict[Path, NDArray[Any]] = field(default_factory=dict)

    def read(self, batch: Sequence[Example]) -> list[NDArray[Any] | str]:
        """Return each example as the network's input, or the reason why it cannot be read."""
        with decoding_threads() as pool:
            return list(pool.map(self._read, batch))

    def _read(self, example: Example) -> NDArray[Any] | str:
        if example.position is not None:
            x: NDArray[Any] = self._arrays[example.path][example.position]
            return x if np.isfinite(x).all() else "contains NaN or infinite values"
        try:
            return read_pixels(example.path, read_content(example.path), self.form.picture_form)
        except PictureError as error:
            return str(error)

    def add(self, path: Path) -> None:
        """Add the examples of a path.

        Raises:
            DataError: The path does not exist, or has no examples of the network's input.
        """
        suffix = path.suffix.lower()
        if path.is_dir():
            self._add_pictures(path, sorted(_pictures(path)))
        elif not path.exists():
            raise DataError(f"{path}: no such file or folder")
        elif suffix == ".npz":
            self._add_arrays(path)
        elif suffix == ".csv":
            self._add_pictures(path, list(_listed(path, self.path_column)))
        else:
            self._add_pictures(path, [path])

    def _add_arrays(self, path: Path) -> None:
        x = read_examples(path)
        self._arrays[path], notes = check_examples(x, self.form, str(path))
        self.notes.extend(notes)
        self.found.extend(Example(path, position) for position in range(len(x)))

    def _add_pictures(self, place: Path, pictures: list[Path]) -> None:
        if not pictures:
            raise DataError(f"{place}: contains no images")
        _check_takes_pictures(self.form, place)
        if not self.form.channel_mode and self.form.picture_form.depth == 8:  # trained on arrays
            self.notes.extend(range_notes(_BYTES, self.form, str(place)))
        self.found.extend(map(Example, pictures))


def find_examples(paths: Sequence[Path], form: InputForm, path_column: str = "path") -> Examples:
    """List the examples of paths; `path_column` is the column of CSV manifests that holds paths of images.

    Raises:
        DataError: A path does not exist, or has no examples of the network's input.
    """
    examples = Examples(form, path_column)
    for path in paths:
        examples.add(path)
    return examples


def _check_takes_pictures(form: InputForm, place: Path) -> None:
    if len(form.shape) != 3 or form.shape[2] not in (1, 3):
        raise DataError(
            f"{place}: found images, but this network takes arrays of {form.text}; give an .npz file with x"
        )


def _pictures(folder: Path) -> Iterator[Path]:
    """Yield all image files below a folder; hidden ones are skipped, and links to folders not followed."""
    for place, subfolders, names in os.walk(folder):
        subfolders[:] = [name for name in subfolders if _counts(name)]
        yield from (Path(place, name) for name in names if _counts(name) and is_picture(name))


def _counts(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _listed(path: Path, column: str) -> Iterator[Path]:
    """Yield the image files in a column of a CSV file, relative to its folder."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if column not in (rows.fieldnames or ()):
                raise DataError(
                    f"{path}: no column {column}; found the columns "
                    f"{', '.join(rows.fieldnames or ()) or 'none'}. Name it with --columns path=NAME"
                )
            yield from (path.parent / row[column].strip() for row in rows if row[column])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a CSV manifest ({error})") from error
