"""YAML file -> SearchSpace -> Candidate; hypermodel -> HypermodelSpace -> HypermodelCandidate."""

from typing import TypeAlias

from cnnsearch.space.candidate import (
    AnyCandidate,
    Candidate,
    Hypermodel,
    HypermodelCandidate,
    Pixels,
)
from cnnsearch.space.dialect.loading import load_space
from cnnsearch.space.hypermodels import HypermodelSpace
from cnnsearch.space.library import shipped_spaces
from cnnsearch.space.space import SearchSpace

Space: TypeAlias = SearchSpace | HypermodelSpace
"""Where candidates come from, of either kind."""

__all__ = [
    "AnyCandidate",
    "Candidate",
    "Hypermodel",
    "HypermodelCandidate",
    "HypermodelSpace",
    "Pixels",
    "SearchSpace",
    "Space",
    "load_space",
    "shipped_spaces",
]
