"""What a page is made of: sections of parts, each part one kind of thing that the template knows."""

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
    """A table. A column of numbers stands to the right.

    Attributes:
        is_tall: Whether it scrolls within the page.
        marked: The row that is pointed out.
        words: So many columns from the left are words, whatever stands in them.
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
        """For each column, whether it holds numbers."""
        places = range(len(self.columns))
        return [p >= self.words and self._holds_numbers(p) for p in places]

    def _holds_numbers(self, place: int) -> bool:
        cells = [row[place] for row in self.rows if row[place] not in ("", "–")]
        return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


@dataclass(frozen=True)
class Plot:
    """A figure that Plotly draws."""

    figure: Figure
    kind: ClassVar[str] = "plot"


@dataclass(frozen=True)
class Drawing:
    """An SVG of our own; its markup is taken as it is."""

    svg: str
    caption: str = ""
    kind: ClassVar[str] = "drawing"


@dataclass(frozen=True)
class Picture:
    """A picture, by its `data:` address."""

    source: str
    caption: str = ""
    is_smooth: bool = False


@dataclass(frozen=True)
class Gallery:
    """Pictures beside each other.

    Attributes:
        side: How wide each is shown, in pixels.
    """

    pictures: tuple[Picture, ...]
    caption: str = ""
    side: int = 120
    kind: ClassVar[str] = "gallery"


@dataclass(frozen=True)
class Code:
    """A text to copy.

    Attributes:
        title: What it is; where it is folded away, what is seen of it.
    """

    text: str
    title: str = ""
    is_folded: bool = False
    kind: ClassVar[str] = "code"


Part = Text | Table | Plot | Drawing | Gallery | Code


@dataclass(frozen=True)
class PageSection:
    """A section of a page; its identifier is what links lead to."""

    identifier: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Tile:
    """A figure of the answer: a large number, what it is, and what it rests on."""

    value: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Page:
    """A whole page: what it is of, its answer, and the sections."""

    title: str
    subtitle: str
    lead: str
    tiles: tuple[Tile, ...]
    command: str
    sections: tuple[PageSection, ...]
    footer: str = ""
