"""The examples of a dataset to check, from a scan of image files or from arrays."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cnnsearch.data.arrays import Arrays
from cnnsearch.data.check.contents import Contents, Read, contents_of_arrays, contents_of_scan
from cnnsearch.data.check.report import printable
from cnnsearch.data.listing import LeftOut
from cnnsearch.data.pictures import THUMBNAIL_SIDE, Look, PictureForm, read_content, read_pixels
from cnnsearch.data.reading import Tell
from cnnsearch.data.remarks import Remark
from cnnsearch.data.scan import PictureFile, Scan
from cnnsearch.data.values import find_range
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.base import Task

ARRAYS = "arrays"
"""The origin of examples in arrays."""
_FLAT = 2  # maximum range of the grey values (0 to 255) of a blank image
_PICTURE_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # by channels


@dataclass(frozen=True)
class Inventory:
    """The examples of a dataset, each examined once.

    Args:
        place: The dataset argument.
        origin: The kind of source.
        files: The examples, including unreadable ones.
        task: What the targets set.
        left_out: Files and folders that the listing skipped.
        empty: Class folders without images.
        read: Returns the image at a position; None if the examples are not images.
        contents: What the targets contain if they are of objects or maps, else None.
    """

    place: str
    origin: str
    files: tuple[PictureFile, ...]
    task: Task
    left_out: tuple[LeftOut, ...]
    empty: tuple[str, ...]
    read: Read | None
    contents: Contents | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes with at least one example, in order; empty if an example has not one class."""
        return self.task.names if self.task.has_one_class else ()

    @cached_property
    def parts(self) -> frozenset[str]:
        """The parts of the given split; empty if the source has none."""
        return frozenset(file.part for file in self.files if file.part)

    @cached_property
    def open_positions(self) -> tuple[int, ...]:
        """Positions of the readable examples outside of a given test set, of which only hashes are used."""
        return tuple(i for i, file in enumerate(self.files) if not file.problem and file.part != "test")

    def is_blank(self, position: int) -> bool:
        """Return whether the thumbnail of an image has a single colour."""
        values = self.files[position].thumbnail
        return bool(values) and max(values) - min(values) <= _FLAT

    @property
    def noun(self) -> str:
        """Name of the examples in messages."""
        return "images" if self.read else "examples"

    def name(self, position: int) -> str:
        """Return the name of the example at a position."""
        return printable(str(self.files[position].path))


def inventory_from_scan(place: str, scan: Scan) -> Inventory:
    """Return the inventory of a scan of image files."""

    def read(position: int, form: PictureForm) -> NDArray[np.uint8]:
        path = scan.root / scan.files[position].path
        return read_pixels(path, read_content(path), form)

    contents = contents_of_scan(scan, read)
    return Inventory(place, scan.origin, scan.files, scan.task, scan.left_out, scan.empty, read, contents)


def inventory_from_arrays(
    place: str, arrays: Arrays, remarks: Sequence[Remark], tell: Tell | None
) -> Inventory:
    """Return the inventory of arrays, with hashes; rank 4 with 1, 3 or 4 channels is taken as images.

    Args:
        place: The dataset argument.
        arrays: The examples and targets.
        remarks: The remarks on the targets.
        tell: As for `check_data`.
    """
    train = arrays.xs["train"]
    is_pictures = train.ndim == 4 and train.shape[-1] in _PICTURE_MODES
    pictures = _Pictures(list(arrays.xs.values())) if is_pictures else None
    total = sum(map(len, arrays.xs.values()))
    files: list[PictureFile] = []
    for part, x in arrays.xs.items():
        for index, example in enumerate(x):
            look = pictures.look(len(files)) if pictures else Look(0, b"")
            label = _label(arrays.task, arrays.ys[part], index)
            files.append(_file(part if len(arrays.xs) > 1 else "", index, example, label, look))
            if tell:
                tell(len(files), total)
    read = pictures.read if pictures else None
    contents = contents_of_arrays(arrays, remarks, read)
    return Inventory(place, ARRAYS, tuple(files), arrays.task, (), (), read, contents)


def _label(task: Task, y: Targets, index: int) -> str:
    """Return what copies of an example must share: its target, or the classes of a mask."""
    if not task.is_dense:
        return task.text(y[index])
    return ", ".join(name for name, count in task.counts(y[index : index + 1]).items() if count)


class _Pictures:
    """Arrays as 8-bit images, rescaled to 0..255 from the value range of train."""

    def __init__(self, xs: Sequence[NDArray[Any]]) -> None:
        self._xs, self._starts = xs, np.cumsum([0, *map(len, xs)])
        self._low, self._high = find_range(xs[0], xs[0].dtype.name).ends

    def look(self, position: int) -> Look:
        """Return the perceptual hash and thumbnail of an image."""
        grey = self._image(position).convert("L")
        bits = np.packbits(imagehash.phash(grey).hash)
        small = grey.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
        return Look(int.from_bytes(bits.tobytes(), "big"), small.tobytes())

    def read(self, position: int, form: PictureForm) -> NDArray[np.uint8]:
        """Return an image in a form, resized with its aspect ratio."""
        size = (form.width, form.height)
        picture = ImageOps.pad(self._image(position).convert(form.mode), size, Image.Resampling.BICUBIC)
        return np.asarray(picture).reshape(form.shape)

    def _image(self, position: int) -> Image.Image:
        piece = int(np.searchsorted(self._starts, position, side="right")) - 1
        x = self._xs[piece][position - self._starts[piece]]
        if x.dtype != np.uint8 or (self._low, self._high) != (0.0, 255.0):
            x = (x - self._low) / ((self._high - self._low) or 1.0)
            x = np.rint(np.clip(x, 0, 1) * 255).astype(np.uint8)
        return Image.fromarray(x[..., 0] if x.shape[-1] == 1 else x)


def _file(part: str, index: int, example: NDArray[Any], label: str, look: Look) -> PictureFile:
    height, width = example.shape[:2] if example.ndim == 3 else (0, 0)
    return PictureFile(
        path=Path(f"x_{part}[{index}]" if part else f"x[{index}]"),
        label=label,
        part=part,
        group="",
        size=example.nbytes,
        width=width,
        height=height,
        mode=example.dtype.name,
        format="array",
        sha256=hashlib.sha256(np.ascontiguousarray(example).data).hexdigest(),
        phash=look.phash,
        problem="",
        thumbnail=look.thumbnail,
    )
