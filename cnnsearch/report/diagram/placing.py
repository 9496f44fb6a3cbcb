"""Items of a diagram -> SVG elements, centred on a vertical line."""

from collections.abc import Sequence
from typing import NamedTuple

from cnnsearch.report.diagram import svg
from cnnsearch.report.diagram.series import Box, Branches, Chain, Item, RepeatedChain
from cnnsearch.report.diagram.sizes import (
    BESIDE,
    COUNT,
    FORK,
    FRAME,
    FRAME_TOP,
    GAP,
    JOIN,
    SYMBOLS,
    is_merge,
    size_of,
)


class Spot(NamedTuple):
    """The position of a box.

    Attributes:
        left, right: The edges.
        middle: The vertical position of its centre.
    """

    box: Box
    left: float
    right: float
    middle: float


Spots = dict[int, Spot]
"""The positions of boxes by the number of their last layer."""


def place(item: Item, middle: float, top: float, spots: Spots) -> list[str]:
    """Draw an item, and add the positions of its boxes to `spots`.

    Args:
        item: The item.
        middle: The horizontal position of its centre.
        top: The vertical position of its upper edge.
        spots: Where the positions are recorded.
    """
    if isinstance(item, Box):
        return _box(item, middle, top, spots)
    if isinstance(item, Branches):
        return _split(item, middle, top, spots)
    if isinstance(item, RepeatedChain):
        return _repeat(item, middle, top, spots)
    return _series(item, middle, top, spots)


def _box(box: Box, middle: float, top: float, spots: Spots) -> list[str]:
    width, height = size_of(box)
    spots[box.number] = Spot(box, middle - width / 2, middle + width / 2, top + height / 2)
    if is_merge(box) and not box.detail:
        return _symbol(SYMBOLS[box.title], middle, top)
    colour = svg.COLOURS["merge" if box.title in ("concatenate", *SYMBOLS) else box.kind]
    corner = middle - width / 2, top
    lines = [svg.text(middle, top + 18, box.title)]
    if box.detail:
        lines.append(svg.text(middle, top + 34, box.detail, "nn-small"))
    return [
        svg.rectangle(*corner, width, height, "nn-box", f'stroke="{colour}"'),
        svg.rectangle(*corner, width, height, "nn-tint", f'fill="{colour}"'),
        *lines,
    ]


def _symbol(symbol: str, middle: float, top: float) -> list[str]:
    radius = JOIN / 2
    circle = f'cx="{middle:.1f}" cy="{top + radius:.1f}" r="{radius - 1:.1f}"'
    return [
        f'<circle {circle} class="nn-box" stroke="{svg.COLOURS["merge"]}"/>',
        f'<circle {circle} class="nn-tint" fill="{svg.COLOURS["merge"]}"/>',
        svg.text(middle, top + radius + 5, symbol, "nn-head"),
    ]


def _series(series: Chain, middle: float, top: float, spots: Spots) -> list[str]:
    elements: list[str] = []
    if series.title:
        width, height = size_of(series)
        left = middle - width / 2
        elements.append(svg.rectangle(left, top, width, height, "nn-block"))
        elements.append(svg.text(left + FRAME, top + 14, series.title, "nn-small", "start"))
        elements.append(svg.path([(middle, top), (middle, top + FRAME_TOP)]))
        bottom = top + height
        elements.append(svg.path([(middle, bottom - FRAME), (middle, bottom)]))
        top += FRAME_TOP
    for number, item in enumerate(series.items):
        if number:
            elements += [svg.path([(middle, top - GAP), (middle, top)]), svg.tip(middle, top)]
        elements += place(item, middle, top, spots)
        top += size_of(item)[1] + GAP
    return elements


def _repeat(repeat: RepeatedChain, middle: float, top: float, spots: Spots) -> list[str]:
    width, height = size_of(repeat)
    inside = width - 2 * COUNT
    right = middle + inside / 2
    words = f"× {repeat.count}"
    pill = svg.width_of(words, 11) + 12
    return [
        svg.rectangle(middle - inside / 2, top, inside, height, "nn-block"),
        svg.path([(middle, top), (middle, top + FRAME)]),
        svg.path([(middle, top + height - FRAME), (middle, top + height)]),
        *place(repeat.body, middle, top + FRAME, spots),
        svg.rectangle(right - pill / 2, top - 8, pill, 17, "nn-count"),
        svg.text(right, top + 4.5, words, "nn-count-text"),
    ]


def _split(split: Branches, middle: float, top: float, spots: Spots) -> list[str]:
    sizes = [size_of(branch) for branch in split.branches]
    width = sum(size[0] for size in sizes) + BESIDE * (len(sizes) - 1)
    tallest = max(size[1] for size in sizes)
    begin, end = top + FORK, top + FORK + tallest
    elements: list[str] = []
    left = middle - width / 2
    for branch, size in zip(split.branches, sizes, strict=True):
        centre = left + size[0] / 2
        if not branch.begins:
            fork = [(middle, top), (middle, top + FORK / 2), (centre, top + FORK / 2), (centre, begin)]
            elements += [svg.path(fork), *([svg.tip(centre, begin)] if branch.items else [])]
        elements += [
            *place(branch, centre, begin, spots),
            svg.path(_home(centre, begin + size[1], middle, end)),
        ]
        left += size[0] + BESIDE
    joint = end + FORK
    return [*elements, svg.tip(middle, joint), *place(split.join, middle, joint, spots)]


def _home(centre: float, bottom: float, middle: float, end: float) -> Sequence[tuple[float, float]]:
    """Return the line from the end of a branch to the layer that joins the branches."""
    turn = end + FORK / 2
    return [(centre, bottom), (centre, turn), (middle, turn), (middle, end + FORK)]
