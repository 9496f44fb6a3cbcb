"""Items of a diagram -> SVG elements, centred on a vertical line."""

from collections.abc import Sequence

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


def place(item: Item, middle: float, top: float) -> list[str]:
    """Draw an item.

    Args:
        item: The item.
        middle: The horizontal position of its centre.
        top: The vertical position of its upper edge.
    """
    if isinstance(item, Box):
        return _box(item, middle, top)
    if isinstance(item, Branches):
        return _split(item, middle, top)
    if isinstance(item, RepeatedChain):
        return _repeat(item, middle, top)
    return _series(item, middle, top)


def _box(box: Box, middle: float, top: float) -> list[str]:
    width, height = size_of(box)
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


def _series(series: Chain, middle: float, top: float) -> list[str]:
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
        elements += place(item, middle, top)
        top += size_of(item)[1] + GAP
    return elements


def _repeat(repeat: RepeatedChain, middle: float, top: float) -> list[str]:
    width, height = size_of(repeat)
    inside = width - 2 * COUNT
    right = middle + inside / 2
    words = f"× {repeat.count}"
    pill = svg.width_of(words, 11) + 12
    return [
        svg.rectangle(middle - inside / 2, top, inside, height, "nn-block"),
        svg.path([(middle, top), (middle, top + FRAME)]),
        svg.path([(middle, top + height - FRAME), (middle, top + height)]),
        *place(repeat.body, middle, top + FRAME),
        svg.rectangle(right - pill / 2, top - 8, pill, 17, "nn-count"),
        svg.text(right, top + 4.5, words, "nn-count-text"),
    ]


def _split(split: Branches, middle: float, top: float) -> list[str]:
    sizes = [size_of(branch) for branch in split.branches]
    width = sum(size[0] for size in sizes) + BESIDE * (len(sizes) - 1)
    tallest = max(size[1] for size in sizes)
    begin, end = top + FORK, top + FORK + tallest
    elements: list[str] = []
    left = middle - width / 2
    for branch, size in zip(split.branches, sizes, strict=True):
        centre = left + size[0] / 2
        is_shortcut = not branch.items
        elements += [
            svg.path([(middle, top), (middle, top + FORK / 2), (centre, top + FORK / 2), (centre, begin)]),
            *([] if is_shortcut else [svg.tip(centre, begin)]),
            *place(branch, centre, begin),
            svg.path(_home(centre, begin + size[1], middle, end)),
        ]
        left += size[0] + BESIDE
    joint = end + FORK
    return [*elements, svg.tip(middle, joint), *place(split.join, middle, joint)]


def _home(centre: float, bottom: float, middle: float, end: float) -> Sequence[tuple[float, float]]:
    """Return the line from the end of a branch to the layer that joins the branches."""
    turn = end + FORK / 2
    return [(centre, bottom), (centre, turn), (middle, turn), (middle, end + FORK)]
