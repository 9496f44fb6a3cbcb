"""Sizes of the items of a diagram, in pixels."""

from cnnsearch.report.diagram.series import Box, Branches, Chain, Item, RepeatedChain
from cnnsearch.report.diagram.svg import width_of

GAP = 20.0
"""The distance between two items, for the arrow."""
FORK = 16.0
"""The space above and below branches, for the connecting lines."""
BESIDE = 14.0
"""The distance between two branches."""
SHORTCUT = 30.0
FRAME_TOP, FRAME = 22.0, 10.0
"""The margins of a frame: at the top, for the title, and on the other sides."""
JOIN = 22.0
COUNT = 30.0
"""The space beside a repeat, for its count."""

BoxSize = tuple[float, float]
SYMBOLS = {"add": "+", "multiply": "×"}


def size_of(item: Item) -> BoxSize:
    """Return the width and height of an item."""
    if isinstance(item, Box):
        return _box(item)
    if isinstance(item, Branches):
        return _split(item)
    if isinstance(item, RepeatedChain):
        width, height = size_of(item.body)
        return width + 2 * (COUNT + FRAME), height + 2 * FRAME
    return _series(item)


def is_merge(box: Box) -> bool:
    """Return whether a box is a sum or product of branches, drawn as a circle."""
    return box.title in SYMBOLS


def _box(box: Box) -> BoxSize:
    if is_merge(box) and not box.detail:
        return JOIN, JOIN
    width = max(width_of(box.title), width_of(box.detail, 10.5))
    return max(92.0, width + 20), 44.0 if box.detail else 28.0


def _series(series: Chain) -> BoxSize:
    if not series.items:
        return SHORTCUT, 0.0
    sizes = [size_of(item) for item in series.items]
    width = max(size[0] for size in sizes)
    height = sum(size[1] for size in sizes) + GAP * (len(sizes) - 1)
    if not series.title:
        return width, height
    return max(width, width_of(series.title, 10.5)) + 2 * FRAME, height + FRAME_TOP + FRAME


def _split(split: Branches) -> BoxSize:
    sizes = [size_of(branch) for branch in split.branches]
    join = size_of(split.join)
    width = sum(size[0] for size in sizes) + BESIDE * (len(sizes) - 1)
    return max(width, join[0]), max(size[1] for size in sizes) + 2 * FORK + join[1]
