"""Architecture -> a drawn network: its parts and their feature maps, repeats told once. Our own SVG."""

from cnnsearch.report.diagram.drawing import draw_network
from cnnsearch.report.diagram.maps import draw_maps

__all__ = ["draw_maps", "draw_network"]
