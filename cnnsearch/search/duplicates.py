"""Finds candidates that have been trained before, however their space spells them."""

import hashlib
from collections.abc import Iterable

from cnnsearch.architecture.network import layout
from cnnsearch.space import Candidate
from cnnsearch.study.records import TIME_LIMIT, TrialRecord, TrialState

REUSABLE = (TrialState.COMPLETE, TrialState.PRUNED)


class TrainedCandidates:
    """The candidates whose results stand."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._seen = set[int]()

    def add(self, records: Iterable[TrialRecord]) -> None:
        """Takes in the records that have ended since the last time."""
        for record in records:
            if record.result is not None and record.number not in self._seen:
                self._seen.add(record.number)
                if record.state in REUSABLE and not record.reason.startswith(TIME_LIMIT):
                    self._numbers.setdefault(identity(record.trial.candidate), record.number)

    def find(self, candidate: Candidate) -> int | None:
        """The number of the trial that trained the same network in the same way, if one did."""
        return self._numbers.get(identity(candidate))


def identity(candidate: Candidate) -> str:
    """What two candidates have in common if, and only if, they train the same layers in the same way."""
    recipe = candidate.architecture.recipe
    if recipe is not None:
        return hashlib.sha256(repr((recipe.source, sorted(recipe.values.items()))).encode()).hexdigest()
    graph = layout(candidate.architecture)
    network = [(node.layer, node.inputs) for node in graph.nodes]
    described = (graph.input_shape, candidate.architecture.input.size, network, candidate.training)
    return hashlib.sha256(repr(described).encode()).hexdigest()
