"""A diagram of the feature maps at the end of each part, drawn as boxes."""

import math
from dataclasses import dataclass

from cnnsearch.architecture import Architecture
from cnnsearch.architecture.layers import Shape
from cnnsearch.architecture.network import layout
from cnnsearch.page import formatting
from cnnsearch.report.diagram import svg
from cnnsearch.report.diagram.anatomy import dissect

TALLEST, DEEPEST, SMALLEST = 96.0, 70.0, 7.0
SLANT = 0.42
"""The slope of the depth edges: pixels up for each pixel to the right."""
APART = 42.0
MARGIN = 12.0


@dataclass(frozen=True)
class Solid:
    """A feature map: the side shows its spatial size, the depth its channels, both on a logarithmic scale."""

    title: str
    shape: Shape
    side: float
    depth: float

    @property
    def width(self) -> float:
        """The width, including the label."""
        drawn = self._front + self.depth
        return max(drawn, svg.width_of(formatting.shape(self.shape), 10.5), svg.width_of(self.title))

    @property
    def _front(self) -> float:
        return self.side * 0.35


def draw_maps(architecture: Architecture) -> str:
    """Draw the feature maps from the input to the output as SVG."""
    solids = _solids(architecture)
    tallest = max(solid.side + SLANT * solid.depth for solid in solids)
    floor = MARGIN + tallest
    elements: list[str] = []
    x = MARGIN
    for number, solid in enumerate(solids):
        if number:
            y = floor - 10
            elements.append(svg.path([(x - APART + 10, y), (x - 10, y)]))
            elements.append(svg.tip(x - 6, y, is_sideways=True))
        elements += _drawn(solid, x, floor)
        x += solid.width + APART
    return svg.document(x - APART + MARGIN, floor + 42, elements, "Feature maps from the input to the output")


def _solids(architecture: Architecture) -> list[Solid]:
    graph = layout(architecture)
    ends = [("input", architecture.input.shape)]
    for part in dissect(architecture, graph):
        shape = graph.nodes[part.last].shape
        if shape != ends[-1][1] or part.title == "head":
            ends.append((part.title if part.title != "head" else "output", shape))
    largest = max(max(shape[:-1]) for _, shape in ends if len(shape) > 1)
    most = max(shape[-1] for _, shape in ends)
    return [Solid(title, shape, *_sides(shape, largest, most)) for title, shape in ends]


def _sides(shape: Shape, largest: int, most: int) -> tuple[float, float]:
    positions = max(shape[:-1], default=1)
    side = SMALLEST + (TALLEST - SMALLEST) * math.log(positions) / max(math.log(largest), 1e-9)
    depth = SMALLEST + (DEEPEST - SMALLEST) * math.log(shape[-1]) / max(math.log(most), 1e-9)
    return side, depth


def _drawn(solid: Solid, x: float, floor: float) -> list[str]:
    """Return the top, side and front face of a box, and its label."""
    front, rise = solid.side * 0.35, SLANT * solid.depth
    top = floor - solid.side
    right, back = x + front, x + front + solid.depth
    colour = svg.COLOURS["dense" if len(solid.shape) == 1 else "conv"]

    def face(points: list[tuple[float, float]], opacity: float) -> str:
        places = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        shade = f'fill="{colour}" fill-opacity="{opacity}" stroke="{colour}" stroke-linejoin="round"'
        return f'<polygon points="{places}" {shade}/>'

    return [
        face([(x, top), (x + solid.depth, top - rise), (back, top - rise), (right, top)], 0.10),
        face([(right, top), (back, top - rise), (back, floor - rise), (right, floor)], 0.34),
        face([(x, top), (right, top), (right, floor), (x, floor)], 0.20),
        svg.text(x, floor + 18, solid.title, "", "start"),
        svg.text(x, floor + 33, formatting.shape(solid.shape), "nn-small", "start"),
    ]
