"""Whether a space has a configuration among its points."""

from cnnsearch.errors import InputError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.search.target import Target
from cnnsearch.space import Candidate, SearchSpace


def is_in(space: SearchSpace, configuration: Configuration, target: Target) -> bool:
    """Return whether a space gives this network and training for the configuration's values."""
    params = configuration.params
    if not params or len(space.encoded(params)) < len(params):
        return False
    try:
        made = target.random_candidate(space, 0, params)
    except (InputError, ValueError):
        return False
    return isinstance(made, Candidate) and Configuration.of(made).identity == configuration.identity
