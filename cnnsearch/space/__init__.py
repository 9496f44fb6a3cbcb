"""A space's YAML -> SearchSpace -> Candidate."""

from cnnsearch.space.candidate import Candidate, Pixels
from cnnsearch.space.library import shipped_spaces
from cnnsearch.space.space import SearchSpace, load_space

__all__ = ["Candidate", "Pixels", "SearchSpace", "load_space", "shipped_spaces"]
