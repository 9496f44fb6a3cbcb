"""The objectives of a search, one or several, and the non-dominated trials."""

import math
from collections.abc import Iterable, Mapping, Sequence

from cnnsearch.study.records import TrialRecord
from cnnsearch.tasks.metric import Direction, Metric
from cnnsearch.tasks.registry import MEASURED

COSTS: Mapping[str, str] = {"macs": "macs", "num_weights": "weights", "memory": "memory"}
"""Objectives that are known before training, with their keys in a trial's counts."""
_COUNTED = (
    Metric("macs", "MACs", "minimize", "count", math.inf),
    Metric("num_weights", "weights", "minimize", "count", math.inf),
    Metric("memory", "memory (bytes)", "minimize", "bytes", math.inf),
)
OBJECTIVES: Mapping[str, Metric] = {**MEASURED, **{metric.name: metric for metric in _COUNTED}}
"""Every objective of every task, by name. The first one of a search is measured during training: pruning uses
its curve."""
DIRECTIONS: Mapping[str, Direction] = {name: metric.direction for name, metric in OBJECTIVES.items()}


def value_of(record: TrialRecord, objective: str) -> float | None:
    """Return a trial's value at its best epoch, or its cost; None if it was not trained."""
    if record.result is None:
        return None
    if objective in COSTS:
        return record.trial.counts.get(COSTS[objective])
    return record.result.metrics.get(objective)


def brief_value(value: float) -> str:
    """Return the value of any objective: four decimals, or four digits if that would hide its size.

    Errors in the unit of the targets can be of any size.
    """
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.4g}"


def front(records: Iterable[TrialRecord], objectives: Sequence[str]) -> list[TrialRecord]:
    """Return the Pareto front: the non-dominated trials.

    Args:
        records: The trials; only those that were trained to their end count.
        objectives: The first one determines the order, best first.
    """
    scored = [(_score(record, objectives), record) for record in records if record.can_be_best]
    kept: list[tuple[tuple[float, ...], TrialRecord]] = []
    # In this order a trial that dominates another comes before it, and so does one of the front that does.
    for score, record in sorted(scored, key=lambda pair: pair[0]):
        if not any(_dominates(other, score) for other, _ in kept):
            kept.append((score, record))
    return [record for _, record in kept]


def _score(record: TrialRecord, objectives: Sequence[str]) -> tuple[float, ...]:
    """Return a trial's values, smaller being better; a value that was not recorded counts as the worst."""
    return tuple(_signed(OBJECTIVES[name], value_of(record, name)) for name in objectives)


def _signed(metric: Metric, value: float | None) -> float:
    known = metric.worst if value is None else value
    return -known if metric.direction == "maximize" else known


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
