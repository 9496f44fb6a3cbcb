"""A diagram of a network: parts as columns, wrapped into rows; the layers of a part from top to bottom."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.network import layout
from cnnsearch.page import formatting
from cnnsearch.report.diagram import svg
from cnnsearch.report.diagram.anatomy import dissect
from cnnsearch.report.diagram.placing import Spots, place
from cnnsearch.report.diagram.series import Chain, series_of
from cnnsearch.report.diagram.sizes import GAP, size_of
from cnnsearch.report.diagram.skips import ROOM, Frame, skip_lines

WIDEST = 1060.0
MARGIN, HEADER, PADDING = 8.0, 44.0, 14.0
BETWEEN = 34.0
"""The distance between two columns; twice this between two rows."""


@dataclass(frozen=True)
class Column:
    """A part of the network and its position.

    Attributes:
        x, y: The upper left corner.
    """

    title: str
    note: str
    series: Chain
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        """The width of the frame."""
        needed = max(svg.width_of(self.title, 13), svg.width_of(self.note, 10.5))
        return max(size_of(self.series)[0], needed) + 2 * PADDING

    @property
    def height(self) -> float:
        """The height of the frame."""
        return HEADER + size_of(self.series)[1] + PADDING + GAP / 2

    @property
    def middle(self) -> float:
        """The horizontal position of the arrows."""
        return self.x + self.width / 2


def draw_network(architecture: Architecture) -> str:
    """Draw a network as SVG: layers as boxes, branches side by side, repeats drawn once."""
    graph = layout(architecture)
    columns = []
    for part in dissect(architecture, graph):
        last = graph.nodes[part.last]
        columns.append(Column(part.title, f"→ {formatting.shape(last.shape)}", series_of(part, graph)))
    first = f"input {formatting.shape(architecture.input.shape)}"
    rows = _arranged(columns)
    placed = [column for row in rows for column in row]
    spots: list[Spots] = [{} for _ in placed]
    elements = [element for column, at in zip(placed, spots, strict=True) for element in _drawn(column, at)]
    elements += _connections(rows)
    lines = skip_lines(_frames(rows, spots))
    elements += lines
    elements.append(svg.text(placed[0].x, placed[0].y - 8, first, "nn-small", "start"))
    width = max(column.x + column.width for column in placed) + MARGIN
    height = max(column.y + column.height for column in placed) + (ROOM if lines else 0.0) + MARGIN
    return svg.document(width, height, elements, f"The network: {len(graph.nodes)} layers")


def _arranged(columns: Sequence[Column]) -> list[list[Column]]:
    """Arrange columns in rows of at most `WIDEST`, unless a single column is wider."""
    rows: list[list[Column]] = [[]]
    x, y = MARGIN, MARGIN + 18.0
    for column in columns:
        if rows[-1] and x + column.width > WIDEST:
            y += max(done.height for done in rows[-1]) + 2 * BETWEEN
            x = MARGIN
            rows.append([])
        rows[-1].append(Column(column.title, column.note, column.series, x, y))
        x += column.width + BETWEEN
    return rows


def _frames(rows: Sequence[Sequence[Column]], spots: Sequence[Spots]) -> list[Frame]:
    belows = [max(column.y + column.height for column in row) for row in rows for _ in row]
    placed = [column for row in rows for column in row]
    return [
        Frame(column.x, column.x + column.width, below, at)
        for column, below, at in zip(placed, belows, spots, strict=True)
    ]


def _drawn(column: Column, spots: Spots) -> list[str]:
    top = column.y + HEADER
    return [
        svg.rectangle(column.x, column.y, column.width, column.height, "nn-frame"),
        svg.text(column.x + PADDING, column.y + 19, column.title, "nn-head", "start"),
        svg.text(column.x + PADDING, column.y + 34, column.note, "nn-small", "start"),
        *place(column.series, column.middle, top, spots),
    ]


def _connections(rows: Sequence[Sequence[Column]]) -> list[str]:
    """Return arrows from the end of each column to the start of the next."""
    placed = [column for row in rows for column in row]
    elements = []
    for one, other in pairwise(placed):
        start = (one.middle, one.y + HEADER + size_of(one.series)[1])
        bottom = one.y + one.height
        end = (other.middle, other.y)
        if one.y == other.y:
            between = other.x - BETWEEN / 2
            above = other.y - 10
            points = [
                start,
                (start[0], bottom - 4),
                (between, bottom - 4),
                (between, above),
                (end[0], above),
                end,
            ]
        else:
            row = next(row for row in rows if one in row)
            below = max(column.y + column.height for column in row) + BETWEEN
            points = [start, (start[0], below), (end[0], below), end]
        elements += [svg.path(points), svg.tip(*end)]
    return elements
