"""Detect candidates that have been trained before, also in another spelling of the space."""

from collections.abc import Iterable

from cnnsearch.space import AnyCandidate
from cnnsearch.study.records import TIME_LIMIT, TrialRecord, TrialState

REUSABLE = (TrialState.COMPLETE, TrialState.PRUNED)


class TrainedCandidates:
    """The candidates whose results can be reused."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._seen = set[int]()

    def add(self, records: Iterable[TrialRecord]) -> None:
        """Add the records that have ended since the last call."""
        for record in records:
            if record.result is not None and record.number not in self._seen:
                self._seen.add(record.number)
                if record.state in REUSABLE and not record.reason.startswith(TIME_LIMIT):
                    self._numbers.setdefault(record.trial.candidate.identity(), record.number)

    def find(self, candidate: AnyCandidate) -> int | None:
        """Return the number of the trial that trained the same network in the same way, if there is one."""
        return self._numbers.get(candidate.identity())
