"""Charts of bars as SVG, for pages without scripts; colours of texts are those of the page."""

from html import escape

from cnnsearch.page.charts import Chart

_WIDTH, _ROW, _BAR = 420, 22, 14  # units
_NUMBERS = 56  # units for the numbers after the bars
_LETTER = 6.6  # units of a letter of the labels
_MOST_LETTERS = 24


def bars(chart: Chart) -> str:
    """Return a chart of horizontal bars, the first category on top, each with its length as a number.

    Args:
        chart: A chart whose first marks are bars.
    """
    marks = chart.marks[0]
    labels = [_short(str(label)) for label in marks.y]
    lengths = [float(length or 0) for length in marks.x]
    left = round(_LETTER * max([1, *map(len, labels)])) + 8
    room = _WIDTH - left - _NUMBERS
    top, bottom = (24 if chart.title else 4), (20 if chart.x.title else 4)
    height = top + _ROW * len(lengths) + bottom
    drawn = [_text(0, 14, chart.title, "start", is_bold=True)] if chart.title else []
    for row, (label, length) in enumerate(zip(labels, lengths, strict=True)):
        y = top + _ROW * row
        width = room * length / (max(lengths) or 1.0)
        drawn.append(_text(left - 6, y + _ROW / 2 + 4, label, "end"))
        drawn.append(
            f'<rect x="{left}" y="{y + (_ROW - _BAR) / 2:g}" width="{width:.1f}" height="{_BAR}" '
            f'fill="{marks.colour}"/>'
        )
        drawn.append(_text(left + width + 5, y + _ROW / 2 + 4, f"{length:,g}", "start"))
    if chart.x.title:
        drawn.append(_text(left, height - 6, chart.x.title, "start"))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(chart.title)}">{"".join(drawn)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str, *, is_bold: bool = False) -> str:
    weight = ' font-weight="600"' if is_bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:g}" text-anchor="{anchor}" font-size="12" fill="currentColor"{weight}>'
        f"{escape(text)}</text>"
    )


def _short(label: str) -> str:
    return label if len(label) <= _MOST_LETTERS else f"{label[: _MOST_LETTERS - 1]}…"
