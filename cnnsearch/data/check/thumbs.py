"""Thumbnails embedded in a page, within a budget of bytes."""

import base64
import io
from dataclasses import dataclass

from PIL import Image

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.pictures import PictureError, PictureForm, hushed

_SIDE = 112  # pixels of the longer side
_EXACT = 48  # pixels; images up to this side are embedded at full resolution and displayed enlarged
_BUDGET = 4_000_000  # bytes of all data URIs of a page


@dataclass(frozen=True)
class Thumb:
    """A thumbnail of a page.

    Args:
        source: Data URI; empty if the image is not shown.
        name: Name of the file.
        label: Class of the image.
        part: Part of the image; empty without a given split.
        is_exact: Whether the image has its full resolution.
    """

    source: str
    name: str
    label: str
    part: str
    is_exact: bool


class Thumbs:
    """Creates thumbnails until the budget is spent; further ones have no image.

    Args:
        inventory: The examples.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._left = _BUDGET
        self._positions = {inventory.name(i): i for i in range(len(inventory.files))}

    def find(self, name: str) -> int | None:
        """Return the position of the example with a name; None if there is none."""
        return self._positions.get(name)

    def make(self, position: int, *, is_shown: bool = True) -> Thumb:
        """Return the thumbnail of the example at a position."""
        file = self._inventory.files[position]
        is_exact = max(file.width, file.height) <= _EXACT
        source = self._source(position, is_exact) if is_shown and not file.problem and self._left > 0 else ""
        self._left -= len(source)
        return Thumb(source, self._inventory.name(position), file.label, file.part, is_exact)

    def _source(self, position: int, is_exact: bool) -> str:
        if self._inventory.read is None:
            return ""
        file = self._inventory.files[position]
        scale = 1.0 if is_exact else _SIDE / max(file.width, file.height)
        form = PictureForm("RGB", max(1, round(file.height * scale)), max(1, round(file.width * scale)))
        try:
            with hushed():
                picture = Image.fromarray(self._inventory.read(position, form))
        except PictureError:  # the file has changed since the scan
            return ""
        kind = "png" if is_exact else "jpeg"
        target = io.BytesIO()
        picture.save(target, kind, **({"optimize": True} if is_exact else {"quality": 80}))
        return f"data:image/{kind};base64,{base64.b64encode(target.getvalue()).decode()}"
