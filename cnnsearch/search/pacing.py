"""When a recommended point is tried: a few at the start, the others alternately with points of the sampler,
and no more of them where those of the sampler are better."""

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

    def is_due(self, records: Iterable[TrialRecord]) -> bool:
        """Return whether the next new candidate is a recommended point."""
        begun = [record for record in records if _is_first(record)]
        recommended = sum(record.trial.baseline in self.names for record in begun)
        drawn = sum(not record.trial.baseline for record in begun)
        return recommended < AT_ONCE or recommended - AT_ONCE < drawn

    def disappoints(self, records: Iterable[TrialRecord]) -> str:
        """Return why no more recommended points are tried; empty if they are as good as others."""
        values: dict[bool, list[float]] = {True: [], False: []}
        for record in records:
            if (
                record.value is None
                or record.is_reused
                or (record.trial.rung and record.trial.rung.number != 0)
            ):
                continue
            if record.trial.baseline in self.names or not record.trial.baseline:
                values[record.trial.baseline in self.names].append(self._sign * record.value)
        if not values[True] or len(values[False]) < FEWEST:
            return ""
        recommended, drawn = median(values[True]), median(values[False])
        if recommended >= drawn:
            return ""
        return (
            f"warm start: the median of the recommended networks is {abs(recommended):.4g}, that of "
            f"{len(values[False])} others {abs(drawn):.4g}; continuing without further recommended ones"
        )


def _is_first(record: TrialRecord) -> bool:
    """Return whether a trial was the first one of a candidate that was trained."""
    is_first = record.trial.candidate_number == record.number
    return is_first and not record.is_reused and record.state != TrialState.INFEASIBLE
