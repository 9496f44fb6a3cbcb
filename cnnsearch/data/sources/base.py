"""Types of data formats: they read examples and labels as arrays, or list image files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnnsearch.data.listing import PictureListing
from cnnsearch.data.reach import Reach
from cnnsearch.errors import DataError

Pairs = dict[str, tuple[NDArray[Any], NDArray[Any]]]
"""Examples and labels of each part (`train`, `validation`, `test`) of a source."""


@dataclass(frozen=True)
class NamedSource:
    """Datasets with a name instead of a path, read as arrays.

    Attributes:
        described: The name in messages.
        takes: Return whether an argument is such a name.
        read: Read the dataset of a name.
    """

    described: str
    takes: Callable[[str], bool]
    read: Callable[[str], Pairs]


@dataclass(frozen=True)
class ArraySource:
    """A file format whose examples are read as arrays.

    Attributes:
        described: Name of the format in messages.
        takes: Return whether a path is in this format.
        read: Read the file.
    """

    described: str
    takes: Callable[[Path], bool]
    read: Callable[[Path], Pairs]


@dataclass(frozen=True)
class PictureSource:
    """A format that lists image files, which are read later.

    Attributes:
        described: Name of the format in messages.
        takes: Return whether a path is in this format.
        list: List the images, given the manifest's names of its columns, the name of the task if known, and
            the places that the source may lead to.
    """

    described: str
    takes: Callable[[Path], bool]
    list: Callable[[Path, Mapping[str, str], str | None, Reach], PictureListing]


Source = NamedSource | ArraySource | PictureSource


def refuse_columns(path: Path, columns: Mapping[str, str] | None) -> None:
    """Refuse names of columns for a source that has none.

    Raises:
        DataError: There are some.
    """
    if columns:
        found = "a folder" if path.is_dir() else "a file of annotations"
        raise DataError(f"{path}: columns and groups apply to CSV manifests only; found {found}.")
