"""What a data format gives: examples and labels as arrays, or a listing of picture files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnnsearch.data.listing import PictureListing

Pairs = dict[str, tuple[NDArray[Any], NDArray[Any]]]
"""The examples and the labels of each part (`train`, `validation`, `test`) that a source has."""


@dataclass(frozen=True)
class NamedSource:
    """Datasets that have a name instead of a path, read as arrays.

    Attributes:
        described: The name, as messages give it.
        takes: Whether an argument is such a name.
        read: Read the dataset of a name.
    """

    described: str
    takes: Callable[[str], bool]
    read: Callable[[str], Pairs]


@dataclass(frozen=True)
class ArraySource:
    """A file format whose examples are read as arrays.

    Attributes:
        described: What messages call such a file.
        takes: Whether a path is in this format.
        read: Read the file.
    """

    described: str
    takes: Callable[[Path], bool]
    read: Callable[[Path], Pairs]


@dataclass(frozen=True)
class PictureSource:
    """A format that names picture files, which are read later.

    Attributes:
        described: What messages call such a file or folder.
        takes: Whether a path is in this format.
        list: List the pictures; the second argument has a manifest's own names of its columns.
    """

    described: str
    takes: Callable[[Path], bool]
    list: Callable[[Path, Mapping[str, str]], PictureListing]


Source = NamedSource | ArraySource | PictureSource
