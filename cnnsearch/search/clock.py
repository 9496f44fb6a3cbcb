"""The remaining time of a study's limit, and which running trials may exceed it."""

import math
import time

from cnnsearch.data.store import read_summary
from cnnsearch.search.budget import Budget
from cnnsearch.search.finish_plan import seconds_to_keep
from cnnsearch.study.folder import Study
from cnnsearch.study.records import Records, TrialRecord
from cnnsearch.training.fidelity import Fidelity

GRACE_SHARE, GRACE_SECONDS = 0.03, 2.0
"""Share of the time limit, or seconds, by which a planned trial may be late if it then reaches its end."""


class Clock:
    """The elapsed and remaining time of a study.

    Args:
        study: Its settings contain the time limit.
        budget: The budget of a planned search.
    """

    def __init__(self, study: Study, budget: Budget | None = None) -> None:
        self._settings, self._budget = study.settings, budget
        self._before, self._begun = study.seconds, time.monotonic()
        self._num_validation = read_summary(study.data_folder).num_examples("validation")
        self._kept = 0.0
        self._ends: dict[int, float] = {}

    @property
    def seconds(self) -> float:
        """Duration of the search, over all its runs."""
        return self._before + time.monotonic() - self._begun

    @property
    def left(self) -> float:
        """Seconds until training must end; infinite without a time limit."""
        timeout = self._settings.timeout
        return math.inf if timeout is None else timeout - self._kept - self.seconds

    def is_late(self) -> bool:
        """Whether no further trial may begin."""
        return self.left <= 0

    def begin(self, number: int) -> None:
        """Record the start of a trial; its deadline is the current limit."""
        self._ends[number] = self.left + self.seconds

    def left_for(self, record: TrialRecord) -> float:
        """Return the seconds until the deadline of a running trial.

        In a planned search, time reserved for the finish after the trial began does not shorten it: the trial
        was sized without it.
        """
        if self._budget is None:
            return self.left
        return self._ends[record.number] - self.seconds

    def is_over(self, record: TrialRecord, overtime: float = 0.0) -> bool:
        """Return whether a trial is past its deadline, its grace and the given overtime in seconds."""
        return self.left_for(record) + self._grace(record) + overtime <= 0

    def keep_for_the_finish(self, records: Records, workers: int) -> None:
        """Reserve the time for retraining finalists.

        Args:
            records: The trials so far.
            workers: Number of concurrent trials.
        """
        settings = self._settings.model_copy(update={"workers": workers})
        self._kept = seconds_to_keep(records, settings, self._num_validation)

    def _grace(self, record: TrialRecord) -> float:
        """Return the seconds beyond the limit that a planned trial gets for its last rounds: cutting off its
        schedule would cost it more."""
        if self._budget is None or record.trial.fidelity is None:
            return 0.0
        return self._most_grace if self._budget.costs.seconds_left(record) <= self._most_grace else 0.0

    @property
    def _most_grace(self) -> float:
        assert self._settings.timeout is not None
        return max(GRACE_SECONDS, GRACE_SHARE * self._settings.timeout)

    def resized(self, record: TrialRecord) -> Fidelity | None:
        """Return the new size of a running last training if it must change to fit the remaining time."""
        if self._budget is None:
            return None
        return self._budget.resized(record, self.left_for(record), self._most_grace)

    def expected(self, records: list[TrialRecord]) -> dict[int, float]:
        """Return the predicted seconds until the end of the running trials of a planned search."""
        if self._budget is None:
            return {}
        planned = (record for record in records if record.trial.fidelity is not None)
        return {record.number: self._budget.costs.seconds_to_come(record, time.time()) for record in planned}
