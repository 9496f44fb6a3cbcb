"""The structure of a page: sections of parts, each of a kind that the template renders."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cnnsearch.page.charts import Figure

TALL = 24
"""Rows above which a table scrolls."""
_NUMBER = re.compile(r"[−-]?\d[\d.,×]*(\s?[%a-zA-Zµ]+)?(\s\d+\s[a-z]+)?( ± .*| \(.*\)| – .*)?")


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Table:
    """A table; columns of numbers are aligned to the right.

    Attributes:
        is_tall: Whether it scrolls within the page.
        marked: The index of the highlighted row.
        words: The number of columns from the left that are treated as text, whatever their content.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    is_tall: bool = False
    marked: int | None = None
    words: int = 1
    kind: ClassVar[str] = "table"

    @property
    def is_numeric(self) -> list[bool]:
        """For each column, whether it contains numbers."""
        places = range(len(self.columns))
        return [p >= self.words and self._holds_numbers(p) for p in places]

    def _holds_numbers(self, place: int) -> bool:
        cells = [row[place] for row in self.rows if row[place] not in ("", "–")]
        return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


@dataclass(frozen=True)
class Plot:
    """A figure drawn by Plotly."""

    figure: Figure
    kind: ClassVar[str] = "plot"


@dataclass(frozen=True)
class Drawing:
    """An SVG drawing, inserted without escaping."""

    svg: str
    caption: str = ""
    kind: ClassVar[str] = "drawing"


@dataclass(frozen=True)
class Picture:
    """A picture, given by its `data:` URL."""

    source: str
    caption: str = ""
    is_smooth: bool = False


@dataclass(frozen=True)
class Gallery:
    """Pictures beside each other.

    Attributes:
        side: The displayed width of each picture, in pixels.
    """

    pictures: tuple[Picture, ...]
    caption: str = ""
    side: int = 120
    kind: ClassVar[str] = "gallery"


@dataclass(frozen=True)
class Code:
    """A text to copy.

    Attributes:
        title: The title; if folded, the visible summary.
    """

    text: str
    title: str = ""
    is_folded: bool = False
    kind: ClassVar[str] = "code"


Part = Text | Table | Plot | Drawing | Gallery | Code


@dataclass(frozen=True)
class PageSection:
    """A section of a page; its identifier is the target of links."""

    identifier: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Tile:
    """A main value: a large number, its title, and a note on its origin."""

    value: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Page:
    """A page: its title, result and sections."""

    title: str
    subtitle: str
    lead: str
    tiles: tuple[Tile, ...]
    command: str
    sections: tuple[PageSection, ...]
    footer: str = ""
