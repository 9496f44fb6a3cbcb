"""The next trial to train: one that was interrupted, one drawn in advance, or what the plan asks for."""

import math
import time
from collections.abc import Callable

from cnnsearch.search.allocation import Promotion
from cnnsearch.search.budget import Budget
from cnnsearch.search.clock import Clock
from cnnsearch.search.proposals import Proposals
from cnnsearch.search.samplers import ExhaustedError
from cnnsearch.study.records import Records, Trial, TrialState, counted


class NextTrials:
    """The trials that a search still has to train.

    Args:
        records: The trials so far; those that were interrupted come first.
        proposals: Draws the candidates.
        clock: The remaining time.
        limit: The number of trials that the search may train; None: no limit.
        budget: In a planned search, decides the next training and its length.
        note: Called with a message when the space is exhausted.
    """

    def __init__(
        self,
        records: Records,
        proposals: Proposals,
        clock: Clock,
        *,
        limit: int | None,
        budget: Budget | None,
        note: Callable[[str], None],
    ) -> None:
        self._records, self._proposals, self._clock = records, proposals, clock
        self._limit, self._budget, self._note = limit, budget, note
        self._waiting = [record.trial for record in records if record.state == TrialState.RUNNING]
        self._ahead: Trial | None = None
        self._is_exhausted = False

    def is_left(self, running: int) -> bool:
        """Return whether another trial may begin.

        Args:
            running: The number of trials in training.
        """
        if self._clock.is_late() and not self._is_first_of_plan():
            return False
        return bool(self._waiting) or (not self._is_exhausted and self._left(running) > 0)

    def take(self, running: int) -> Trial | None:
        """Return the next trial, or None if there is none."""
        if self._waiting:
            return self._waiting.pop(0)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and not self._proposals.repeats(ahead):
            return ahead
        return self._drawn(running)

    def take_alike(self, first: Trial, *, is_new: bool) -> Trial | None:
        """Return another trial to train together with one that begins; None if there is none.

        Args:
            first: The trial that begins.
            is_new: Whether it begins for the first time; otherwise it only continues with its own group.
        """
        if first.retries:  # its worker died
            return None
        for trial in self._waiting:
            if trial.group == first.group and not trial.retries:
                self._waiting.remove(trial)
                return trial
        rung = first.rung
        is_first_rung = rung is None or (
            rung.number == 0 and not rung.is_last and rung.origin == first.number
        )
        other = self._proposals.alike(first, time.time()) if is_new and is_first_rung else None
        if other is None:
            return None
        own = rung and rung.model_copy(update={"origin": other.number})
        return other.model_copy(update={"leader": first.number, "fidelity": first.fidelity, "rung": own})

    def draw_ahead(self, running: int) -> None:
        """Draw the next trial while others train; a plan's next trial depends on their results."""
        is_open = self._budget is None and self._ahead is None and not self._waiting
        if is_open and running and self.is_left(running):
            self._ahead = self._drawn(running)

    def restart(self, trial: Trial) -> None:
        """Train a trial again, before all others."""
        self._waiting.insert(0, trial)

    def _left(self, running: int) -> float:
        return math.inf if self._limit is None else self._limit - counted(self._records) - running

    def _is_first_of_plan(self) -> bool:
        """Return whether nothing has been trained: a planned search trains something in any case."""
        return self._budget is not None and not any(record.curve for record in self._records)

    def _drawn(self, running: int) -> Trial | None:
        try:
            if self._budget is None:
                return self._proposals.next(time.time())
            return self._planned(self._budget, is_last=self._left(running) == 1)
        except ExhaustedError as end:
            self._is_exhausted = True
            self._note(str(end))
            return None

    def _planned(self, budget: Budget, *, is_last: bool) -> Trial | None:
        """Return the next trial of the plan; None if nothing more fits into the time."""
        left = self._clock.left
        chosen = budget.next(left, is_last=is_last)
        if chosen is None:
            return None
        now = time.time()
        if isinstance(chosen, Promotion):
            return budget.sized(self._proposals.promoted(chosen.number, now), chosen, left)
        try:
            return budget.sized(self._proposals.next(now), chosen, left)
        except ExhaustedError as end:
            budget.is_exhausted = True
            self._note(str(end))
            return self._planned(budget, is_last=is_last)
