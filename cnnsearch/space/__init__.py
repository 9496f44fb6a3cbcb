"""A space's YAML -> SearchSpace -> Candidate."""

from cnnsearch.space.candidate import Candidate, Pixels
from cnnsearch.space.dialect.loading import load_space
from cnnsearch.space.library import shipped_spaces
from cnnsearch.space.space import SearchSpace

__all__ = ["Candidate", "Pixels", "SearchSpace", "load_space", "shipped_spaces"]
