"""The parameters in which trials of one architecture may differ to be trained together."""

from cnnsearch.search.target import Target
from cnnsearch.space import Candidate, Space
from cnnsearch.space.domains import Plain
from cnnsearch.space.trials import RandomTrial
from cnnsearch.training.structure import structure

_DRAWS = 3
"""Other values of a parameter that are tried."""


def architecture_of(space: Space, candidate: Candidate, target: Target) -> dict[str, Plain]:
    """Return the values of a candidate on which its structure depends, by parameter.

    Each parameter is changed alone, to values drawn from its domain; the structure depends on it if one of
    these candidates has another one.
    """
    own, fixed = structure(candidate.architecture, candidate.training), {}
    for name, value in candidate.params.items():
        domain = space.parameters[name]
        for seed in range(_DRAWS):
            other = domain.suggest(RandomTrial(seed), name)
            changed = target.random_candidate(space, 0, {**candidate.params, name: other})
            assert isinstance(changed, Candidate)
            if structure(changed.architecture, changed.training) != own:
                fixed[name] = value
                break
    return fixed
