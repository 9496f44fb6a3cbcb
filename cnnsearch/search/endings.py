"""The end of a trial: its result is recorded, the sampler is updated, and unneeded weights are deleted."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from cnnsearch.errors import SearchError
from cnnsearch.search.choice import keepers
from cnnsearch.search.growing import GrowingTrials
from cnnsearch.search.judging import Judge
from cnnsearch.search.memory import is_out_of_memory
from cnnsearch.search.samplers import Sampler
from cnnsearch.space.costs import MEMORY
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TIME_LIMIT, Records, Result, TrialRecord, TrialState
from cnnsearch.study.storage import check_disk
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.protocol import MemberResult
from cnnsearch.training.store import WEIGHTS

MOST_FAILURES = 20
"""Number of failures in a row that ends a search."""


@dataclass
class Endings:
    """Record the ends of a study's trials.

    Attributes:
        study: The study's folder and settings.
        records: Its records.
        sampler: Receives the results.
        judge: Knows the best epochs of the curves.
        growing: Knows the networks that were refused after they were built.
        recorded: Called with each record that is complete.
    """

    study: Study
    records: Records
    sampler: Sampler
    judge: Judge
    growing: GrowingTrials
    recorded: Callable[[TrialRecord], None]

    def __post_init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._kept = {int(file.parent.name) for file in self.records.folder.glob(f"*/{WEIGHTS}")}

    def end(self, result: MemberResult, verdict: str) -> None:
        """Record the result of a worker.

        Args:
            result: The result; not that of a paused trial, which has not ended.
            verdict: Why the search stopped the trial, if it did.

        Raises:
            SearchError: Too many trials failed in a row.
            OSError: The disk is full.
        """
        number = result.trial
        if result.outcome == "failed":
            check_disk(result.reason)
            if is_out_of_memory(result.reason):
                self.exceeded_memory(number, result.reason)
            else:
                self.fail(number, result.reason)
        elif (error := self.growing.refusal(result)) is not None:
            self._exclude(number, error.limit, str(error), cause=str(error))
        else:
            state = TrialState.COMPLETE if result.outcome == "complete" else TrialState.PRUNED
            reason = verdict if result.outcome == "stopped" else result.reason
            is_diverged = result.outcome == "diverged"
            self._record_trained(number, state, self._figures(result), reason, is_diverged, result.use)
            self._failures.clear()

    def abandon(self, number: int) -> None:
        """Record a trial whose epoch did not end in time."""
        self.cut_off(number, f"{TIME_LIMIT} in the middle of an epoch")

    def cut_off(self, number: int, reason: str) -> None:
        """Record a trial that was ended from outside, with its result so far."""
        self._record_trained(number, TrialState.PRUNED, self.judge.figures(number), reason)

    def exceeded_memory(self, number: int, reason: str) -> None:
        """Record a network that is infeasible on this machine; so is any that needs more memory."""
        predicted = self.records[number].trial.counts.get(MEMORY, 0)
        description = f"{reason} (predicted: {predicted / 2**20:,.0f} MB)"
        self._exclude(number, MEMORY, description, cause=reason)

    def fail(self, number: int, reason: str) -> None:
        """Record a failed trial."""
        self._record(number, Result(state=TrialState.FAILED, ended=time.time(), reason=reason))
        self._count_failure(reason)

    def _exclude(self, number: int, limit: str, reason: str, *, cause: str) -> None:
        """Record a network as infeasible after its start; the cause counts as a failure."""
        self._record(
            number,
            Result(state=TrialState.INFEASIBLE, ended=time.time(), reason=reason, limit=limit, violation=1.0),
        )
        self._count_failure(cause)

    def _count_failure(self, reason: str) -> None:
        self._failures[reason] += 1
        if self._failures.total() >= MOST_FAILURES:
            cause, count = self._failures.most_common(1)[0]
            raise SearchError(f"{MOST_FAILURES} trials failed in a row; {count} of them with: {cause}")

    def _figures(self, result: MemberResult) -> tuple[int, dict[str, float]]:
        """Return a trial's best epoch and its metrics; with folds a worker reports only the last one."""
        if self.study.settings.folds == 1:
            return result.best_epoch, result.metrics
        return self.judge.figures(result.trial, is_complete=result.outcome == "complete")

    def _record_trained(
        self,
        number: int,
        state: TrialState,
        figures: tuple[int, dict[str, float]],
        reason: str,
        is_diverged: bool = False,
        use: EngineUse | None = None,
    ) -> None:
        best_epoch, metrics = figures
        self._record(
            number,
            Result(
                state=state,
                ended=time.time(),
                value=metrics.get(self.study.settings.objective),
                best_epoch=best_epoch,
                metrics=metrics,
                reason=reason,
                diverged=is_diverged,
                use=use,
            ),
        )

    def _record(self, number: int, result: Result) -> None:
        record = self.records.end(number, result)
        self.sampler.tell(record)
        self._keep_weights(number)
        self.recorded(record)

    def _keep_weights(self, number: int) -> None:
        """Delete the weights of trials that can no longer become the champion."""
        best = keepers(self.records, self.study.settings)
        self._kept.add(number)
        for other in self._kept - best:
            (self.records.trial_folder(other) / WEIGHTS).unlink(missing_ok=True)
        self._kept &= best
