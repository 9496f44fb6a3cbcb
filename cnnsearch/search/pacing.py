"""When a recommended point is tried: a few at the start, the others alternately with points of the sampler,
and no more of them once those of the sampler are better."""

import math
from collections.abc import Collection, Iterable
from statistics import median

from cnnsearch.study.records import TrialRecord, TrialState

AT_ONCE = 5
"""Recommended points that are tried before the first one of the sampler."""
FEWEST = 2
"""Points of the sampler that are needed for a comparison; the first of all are random."""


class Pacing:
    """Decides between the recommended points and the sampler.

    Args:
        names: The names of the recommended points.
        maximizes: Whether a larger value is better.
    """

    def __init__(self, names: Collection[str], *, maximizes: bool) -> None:
        self.names, self._sign = frozenset(names), 1.0 if maximizes else -1.0

    def is_next(self, records: Iterable[TrialRecord]) -> bool:
        """Return whether the next new candidate is a recommended point."""
        begun = [record for record in records if _is_new(record) and record.state != TrialState.INFEASIBLE]
        recommended = sum(record.trial.baseline in self.names for record in begun)
        drawn = sum(not record.trial.baseline for record in begun)
        return recommended < AT_ONCE or recommended - AT_ONCE < drawn

    def reason_to_stop(self, records: Iterable[TrialRecord]) -> str:
        """Return why no more recommended points are tried; empty if they are as good as others.

        It is decided once, at the first result after which they are worse, so that a resumed search decides
        the same.
        """
        values: dict[bool, list[float]] = {True: [], False: []}
        for record in sorted(filter(_is_compared, records), key=lambda record: record.ended):
            is_recommended = record.trial.baseline in self.names
            if not is_recommended and record.trial.baseline:
                continue  # a baseline of the space
            values[is_recommended].append(-math.inf if record.value is None else self._sign * record.value)
            if (
                values[True]
                and len(values[False]) >= FEWEST
                and (median(values[True]) < median(values[False]))
            ):
                return self._described(values)
        return ""

    def _described(self, values: dict[bool, list[float]]) -> str:
        recommended, drawn = (self._sign * median(values[kind]) for kind in (True, False))
        return (
            f"warm start: the median of the {len(values[True])} recommended networks is {recommended:.4g}, "
            f"that of {len(values[False])} others {drawn:.4g}; continuing without further recommended ones"
        )


def _is_new(record: TrialRecord) -> bool:
    """Return whether a trial is the first one of its candidate, and not copied from another one."""
    return record.trial.candidate_number == record.number and not record.is_reused


def _is_compared(record: TrialRecord) -> bool:
    """Return whether a trial has ended and has the length that all candidates begin with."""
    if record.result is None or record.is_reused or record.state == TrialState.INFEASIBLE:
        return False
    return record.trial.rung is None or record.trial.rung.number == 0
