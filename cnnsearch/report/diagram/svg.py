"""SVG elements of the diagrams, as text."""

from collections.abc import Sequence
from html import escape

STYLE = """
.nn-text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--text,#1c2430)}
.nn-small{font-size:10.5px;fill:var(--muted,#5b6675)}
.nn-head{font-weight:650;font-size:12.5px}
.nn-frame{fill:var(--raised,#f6f8fa);stroke:var(--line,#d9dfe6)}
.nn-block{fill:none;stroke:var(--faint,#9aa5b1);stroke-dasharray:3 3}
.nn-line{fill:none;stroke:var(--muted,#5b6675);stroke-width:1.3}
.nn-skip{fill:none;stroke:#009E73;stroke-width:1.3;stroke-dasharray:5 3}
.nn-tip{fill:var(--muted,#5b6675)}
.nn-box{fill:var(--surface,#fff);stroke-width:1.3}
.nn-tint{fill-opacity:.13;stroke:none}
.nn-count{fill:var(--text,#1c2430)}
.nn-count-text{fill:var(--surface,#fff);font-weight:650;font-size:11px}
"""
COLOURS = {
    "conv": "#0072B2",
    "pool": "#E69F00",
    "dense": "#CC79A7",
    "merge": "#009E73",
    "other": "#8C8C8C",
    "follower": "#8C8C8C",
}


def document(width: float, height: float, elements: Sequence[str], title: str) -> str:
    """Return a self-contained SVG document with its style."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>{''.join(elements)}</svg>"
    )


def rectangle(x: float, y: float, width: float, height: float, style: str, extra: str = "") -> str:
    """Return a rectangle with round corners."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} rx="6" class="{style}" {extra}/>'


def text(x: float, y: float, words: str, style: str = "", anchor: str = "middle") -> str:
    """Return a line of text; `y` is its baseline."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="nn-text {style}">{escape(words)}</text>'
    )


def path(points: Sequence[tuple[float, float]], style: str = "nn-line") -> str:
    """Return a line through points."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" class="{style}"/>'


def tip(x: float, y: float, *, is_sideways: bool = False) -> str:
    """Return the head of an arrow that points down, or to the right, at this position."""
    along, across = 6.0, 3.6
    ends = [(x - across, y - along), (x + across, y - along)]
    if is_sideways:
        ends = [(x - along, y - across), (x - along, y + across)]
    places = " ".join(f"{a:.1f},{b:.1f}" for a, b in [(x, y), *ends])
    return f'<polygon points="{places}" class="nn-tip"/>'


def width_of(words: str, size: float = 12.0) -> float:
    """Estimate the width of a text."""
    return sum(0.3 if letter in " ,./'il" else 0.6 for letter in words) * size
