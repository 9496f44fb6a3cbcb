"""How much of a study's time limit is left, and which trials under way may go beyond it."""

import math
import time

from cnnsearch.data.store import read_summary
from cnnsearch.search.budget import Budget
from cnnsearch.search.finish_plan import seconds_to_keep
from cnnsearch.study.folder import Study
from cnnsearch.study.records import Records, TrialRecord
from cnnsearch.training.fidelity import Fidelity

GRACE_SHARE, GRACE_SECONDS = 0.03, 2.0
"""Share of the time limit, or seconds, by which a planned trial may be late where it then comes to its
end."""


class Clock:
    """The time that a study has taken and has left.

    Args:
        study: Its settings have the time limit.
        budget: Of a planned search.
    """

    def __init__(self, study: Study, budget: Budget | None = None) -> None:
        self._settings, self._budget = study.settings, budget
        self._before, self._begun = study.seconds, time.monotonic()
        self._num_validation = read_summary(study.data_folder).num_examples("validation")
        self._kept = 0.0
        self._ends: dict[int, float] = {}

    @property
    def seconds(self) -> float:
        """How long the search has taken, over all its runs."""
        return self._before + time.monotonic() - self._begun

    @property
    def left(self) -> float:
        """Seconds until training has to end; infinite where no time limit says so."""
        timeout = self._settings.timeout
        return math.inf if timeout is None else timeout - self._kept - self.seconds

    def is_late(self) -> bool:
        """Whether no further trial may begin."""
        return self.left <= 0

    def begin(self, number: int) -> None:
        """Records that a trial begins; its deadline is the limit that holds now."""
        self._ends[number] = self.left + self.seconds

    def left_for(self, record: TrialRecord) -> float:
        """Seconds until the deadline of a running trial.

        In a planned search, time reserved for the finish after the trial began does not shorten it: the trial
        was sized without it.
        """
        if self._budget is None:
            return self.left
        return self._ends[record.number] - self.seconds

    def is_over(self, record: TrialRecord, overtime: float = 0.0) -> bool:
        """Whether a trial is past its deadline, its grace and so many seconds of overtime."""
        return self.left_for(record) + self._grace(record) + overtime <= 0

    def keep_for_the_finish(self, records: Records, workers: int) -> None:
        """Takes off the limit what training finalists again is given.

        Args:
            records: The trials so far.
            workers: Trials at a time.
        """
        settings = self._settings.model_copy(update={"workers": workers})
        self._kept = seconds_to_keep(records, settings, self._num_validation)

    def _grace(self, record: TrialRecord) -> float:
        """Seconds beyond the limit that a planned trial gets for its last rounds: a schedule that is cut off
        costs it more than they do."""
        if self._budget is None or record.trial.fidelity is None:
            return 0.0
        return self._most_grace if self._budget.costs.seconds_left(record) <= self._most_grace else 0.0

    @property
    def _most_grace(self) -> float:
        assert self._settings.timeout is not None
        return max(GRACE_SECONDS, GRACE_SHARE * self._settings.timeout)

    def resized(self, record: TrialRecord) -> Fidelity | None:
        """The size of a last training under way where it is changed to fit the time that is left."""
        if self._budget is None:
            return None
        return self._budget.resized(record, self.left_for(record), self._most_grace)

    def expected(self, records: list[TrialRecord]) -> dict[int, float]:
        """Predicted seconds until the end of trials of a planned search that are under way."""
        if self._budget is None:
            return {}
        planned = (record for record in records if record.trial.fidelity is not None)
        return {record.number: self._budget.costs.seconds_to_come(record, time.time()) for record in planned}
