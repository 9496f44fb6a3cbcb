"""A network as data: its blocks, its layers, and the arithmetic over them.

Nothing here imports Keras; `cnnsearch.models` builds Keras models from these descriptions.
"""

from cnnsearch.architecture.analysis import Analysis, LayerSummary, analyze
from cnnsearch.architecture.network import Architecture, Head, Input, Stage

__all__ = [
    "Analysis",
    "Architecture",
    "Head",
    "Input",
    "LayerSummary",
    "Stage",
    "analyze",
]
