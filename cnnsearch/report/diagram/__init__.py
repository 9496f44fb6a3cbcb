"""Architecture -> SVG diagrams of its layers, with repeats drawn once, and of its feature maps."""

from cnnsearch.report.diagram.drawing import draw_network
from cnnsearch.report.diagram.maps import draw_maps

__all__ = ["draw_maps", "draw_network"]
