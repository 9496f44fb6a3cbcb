"""What a search can be for, one thing or several, and which trials are the best of each kind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from cnnsearch.study.records import TrialRecord
from cnnsearch.training.protocol import Direction

ScoreObjective = Literal[
    "validation_accuracy", "validation_balanced_accuracy", "validation_macro_f1", "validation_loss"
]
CostObjective = Literal["macs", "num_weights", "memory"]

DIRECTIONS: Mapping[str, Direction] = {
    "validation_accuracy": "maximize",
    "validation_balanced_accuracy": "maximize",
    "validation_macro_f1": "maximize",
    "validation_loss": "minimize",
    "macs": "minimize",
    "num_weights": "minimize",
    "memory": "minimize",
}
"""Every objective; training/measures.py defines the two that see classes with few examples. The first of a
search has to be one that training gives: pruning goes by its curve."""
COSTS: Mapping[str, str] = {"macs": "macs", "num_weights": "weights", "memory": "memory"}
"""Objectives that are known before training, and what a trial's counts call them."""


def value_of(record: TrialRecord, objective: str) -> float | None:
    """A trial's figure at its best epoch, or what it costs; None where it was not trained."""
    if record.result is None:
        return None
    if objective in COSTS:
        return record.trial.counts.get(COSTS[objective])
    return record.result.metrics.get(objective)


def front(records: Iterable[TrialRecord], objectives: Sequence[str]) -> list[TrialRecord]:
    """The Pareto front: the trials than which no other is better in one objective and as good in all.

    Args:
        records: Of which those count that were trained to their end.
        objectives: The first one gives the order, best first.
    """
    scored = [(_score(record, objectives), record) for record in records if record.can_be_best]
    kept: list[tuple[tuple[float, ...], TrialRecord]] = []
    # Whatever dominates a trial comes before it in this order, and so does one of the front that does.
    for score, record in sorted(scored, key=lambda pair: pair[0]):
        if not any(_dominates(other, score) for other, _ in kept):
            kept.append((score, record))
    return [record for _, record in kept]


def _score(record: TrialRecord, objectives: Sequence[str]) -> tuple[float, ...]:
    """A trial's values, the smaller the better."""
    signs = [-1.0 if DIRECTIONS[name] == "maximize" else 1.0 for name in objectives]
    return tuple(sign * (value_of(record, name) or 0.0) for sign, name in zip(signs, objectives, strict=True))


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
