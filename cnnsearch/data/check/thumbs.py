"""Small pictures embedded in a page, within a budget of bytes, so that the page stays light."""

import base64
import io
from dataclasses import dataclass

from PIL import Image

from cnnsearch.data.check.inventory import Inventory
from cnnsearch.data.pictures import PictureError, PictureForm, hushed

_SIDE = 112  # pixels of the longer side
_EXACT = 48  # pixels; pictures up to this side are embedded as they are, and drawn larger
_BUDGET = 4_000_000  # bytes of all pictures of a page, as text


@dataclass(frozen=True)
class Thumb:
    """A picture of a page.

    Args:
        source: A data URI; empty where the picture is not shown.
        name: The file's.
        label: Its class.
        part: The part that it is in; empty where the data comes undivided.
        is_exact: Whether it has all of its pixels.
    """

    source: str
    name: str
    label: str
    part: str
    is_exact: bool


class Thumbs:
    """Makes pictures until the budget is spent; from then on they are only named.

    Args:
        inventory: Whose pictures.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._left = _BUDGET
        self._positions = {inventory.name(i): i for i in range(len(inventory.files))}

    def find(self, name: str) -> int | None:
        """The position of the example that is called so; None where the name is that of something else."""
        return self._positions.get(name)

    def make(self, position: int, *, is_shown: bool = True) -> Thumb:
        """The picture at a position."""
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
        except PictureError:  # it has changed since it was scanned
            return ""
        kind = "png" if is_exact else "jpeg"
        target = io.BytesIO()
        picture.save(target, kind, **({"optimize": True} if is_exact else {"quality": 80}))
        return f"data:image/{kind};base64,{base64.b64encode(target.getvalue()).decode()}"
