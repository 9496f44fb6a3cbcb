"""Skip connections between parts of a diagram -> dashed lines below the rows of columns."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cnnsearch.report.diagram import svg
from cnnsearch.report.diagram.placing import Spot

ROOM = 26.0
"""The space below a row for the lines."""
_SIDE = 10.0
"""The space inside the frame of a column for the lines."""
_NEAR = 4.0
"""The distance of the nearest line."""


class Frame(NamedTuple):
    """The frame of a column, and the lower edge of its row.

    Attributes:
        left, right: The edges.
        below: The lower edge of the tallest column of the row.
        spots: Its boxes by the number of their last layer.
    """

    left: float
    right: float
    below: float
    spots: Mapping[int, Spot]


def skip_lines(frames: Sequence[Frame]) -> list[str]:
    """Return a line from the box of each map that another part reads to the box that reads it."""
    origins = {number: (frame, spot) for frame in frames for number, spot in frame.spots.items()}
    ends = [
        (*origins[given], frame, spot)
        for frame in frames
        for spot in frame.spots.values()
        for given in spot.box.skips
        if given in origins
    ]
    lines = []
    for place, (source, start, target, end) in enumerate(ends):
        share = place / len(ends)
        out, back = source.right - _NEAR - share * _SIDE, target.left + _NEAR + share * _SIDE
        below = source.below + _NEAR + share * (ROOM - _NEAR)
        points = [
            (start.right, start.middle),
            (out, start.middle),
            (out, below),
            (back, below),
            (back, end.middle),
            (end.left, end.middle),
        ]
        lines += [svg.path(points, "nn-skip"), svg.tip(end.left, end.middle, is_sideways=True)]
    return lines
