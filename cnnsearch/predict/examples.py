"""The examples to predict: listed first, then read and converted to the network's input in batches."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.files import InputForm
from cnnsearch.data.pictures import PictureError, read_content, read_pixels
from cnnsearch.data.reach import OWN_FOLDER, Reach
from cnnsearch.data.sources.folder import list_all
from cnnsearch.data.sources.manifest import read_paths
from cnnsearch.data.threads import strip_threads
from cnnsearch.errors import DataError
from cnnsearch.predict.arrays import check_examples, range_notes, read_examples
from cnnsearch.verbosity import LOGGER

_BYTES = np.array([0, 255], np.uint8)  # the range of 8-bit images
_FEW = 64  # 16-bit images whose range is compared


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
        columns: The names of the columns of CSV manifests; only that of `path` is read.
        reach: The places that folders and manifests may lead to.
        found: The examples in the given order; those of a folder by path.
        notes: Notes on unusual values.
    """

    form: InputForm
    columns: Mapping[str, str] = field(default_factory=dict)
    reach: Reach = OWN_FOLDER
    found: list[Example] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _arrays: dict[Path, NDArray[Any]] = field(default_factory=dict)

    def read(self, batch: Sequence[Example]) -> list[NDArray[Any] | str]:
        """Return each example as the network's input, or the reason why it cannot be read."""
        with strip_threads() as threads:
            return list(chain.from_iterable(threads.map(self._read, batch, strip=1)))

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
            self._add_pictures(path, list_all(path, self.reach))
        elif not path.exists():
            raise DataError(f"{path}: no such file or folder")
        elif suffix == ".npz":
            self._add_arrays(path)
        elif suffix == ".csv":
            self._add_pictures(path, read_paths(path, self.columns, self.reach))
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
        examples = [Example(path) for path in pictures]
        if self.form.picture_form.depth == 16:
            read = [pixels for pixels in self.read(examples[:_FEW]) if not isinstance(pixels, str)]
            self.notes.extend(range_notes(np.array(read, np.float32), self.form, str(place)))
        elif not self.form.channel_mode:  # trained on arrays
            self.notes.extend(range_notes(_BYTES, self.form, str(place)))
        self.found.extend(examples)


def find_examples(
    paths: Sequence[Path],
    form: InputForm,
    columns: Mapping[str, str] | None = None,
    reach: Reach = OWN_FOLDER,
) -> Examples:
    """List the examples of paths.

    Args:
        paths: Image files, folders, .npz files and CSV manifests.
        form: The input of the network.
        columns: The names of the columns of CSV manifests; only that of `path` is read.
        reach: The places that folders and manifests may lead to.

    Raises:
        DataError: A path does not exist, leads elsewhere, or has no examples of the network's input.
    """
    examples = Examples(form, columns or {}, reach)
    with _noted_in(examples.notes):
        for path in paths:
            examples.add(path)
    return examples


@contextmanager
def _noted_in(notes: list[str]) -> Iterator[None]:
    """Add what the reading of data logs within the context to notes, which the caller's process prints."""
    handler = logging.Handler()
    handler.emit = lambda record: notes.append(record.getMessage())  # type: ignore[method-assign]
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)


def _check_takes_pictures(form: InputForm, place: Path) -> None:
    if len(form.shape) != 3 or form.shape[2] not in (1, 3):
        raise DataError(
            f"{place}: found images, but this network takes arrays of {form.text}; give an .npz file with x"
        )
