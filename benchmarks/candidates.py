"""Random networks that can be built, from seed 0 on: the same for whoever asks with the same arguments."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from cnnsearch import SearchSpace, analyze
from cnnsearch.data.store import StoredData
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space import Candidate
from cnnsearch.space.costs import costs


def feasible(
    space: SearchSpace, *, is_limited: bool = False, draws: int | None = None, **sampling: Any
) -> Iterator[Candidate]:
    """One after the other.

    Args:
        space: Where they are drawn from.
        is_limited: Whether they keep the space's own limits too.
        draws: How many networks are drawn, feasible or not; None: without end.
        **sampling: What `sample_random` takes: `input_shape`, `num_classes`, `baseline`.
    """
    for seed in count() if draws is None else range(draws):
        candidate = space.sample_random(seed, **sampling)
        try:
            analysis = analyze(candidate.architecture)
            if is_limited:
                space.constraints.check(costs(analysis, candidate.training))
        except InfeasibleArchitectureError:
            continue
        yield candidate


def feasible_for(data: StoredData, space: SearchSpace, *, is_limited: bool = False) -> Iterator[Candidate]:
    """One after the other, for a dataset's examples and classes."""
    shape, classes = data.summary.input_shape, len(data.summary.labels)
    return feasible(space, is_limited=is_limited, input_shape=shape, num_classes=classes)
