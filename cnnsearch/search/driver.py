"""The driver: requests candidates, submits them for training, decides pruning, and alone writes the records.

It does not import TensorFlow and trains nothing; it can be killed at any instant and restarted.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass, field

from cnnsearch.errors import SearchError
from cnnsearch.search.allocation import Promotion
from cnnsearch.search.budget import Budget
from cnnsearch.search.choice import keepers
from cnnsearch.search.clock import Clock
from cnnsearch.search.executors import Died, Event, Executor, Shared
from cnnsearch.search.finish_plan import most_epochs
from cnnsearch.search.growing import GrowingTrials
from cnnsearch.search.interruption import Interruption
from cnnsearch.search.judging import Judge
from cnnsearch.search.memory import is_out_of_memory
from cnnsearch.search.proposals import Proposals
from cnnsearch.search.pruners import Pruner, Wilcoxon
from cnnsearch.search.samplers import ExhaustedError, Sampler
from cnnsearch.space.costs import MEMORY
from cnnsearch.study.events import Happening, Note, PlanMade, Tick, TrialChanged, Watcher, WorkersReady
from cnnsearch.study.folder import Study
from cnnsearch.study.plan import Plan
from cnnsearch.study.records import (
    TIME_LIMIT,
    EpochRecord,
    Records,
    Result,
    Trial,
    TrialRecord,
    TrialState,
    best_first,
    counted,
)
from cnnsearch.study.storage import check_disk
from cnnsearch.training.protocol import WEIGHTS, Built, EpochReport, JobResult, Ready, Suggest, Train

TICK = 0.5
"""Seconds between two checks of the time."""
OVERTIME = 30.0
"""Seconds that a running epoch may take beyond the time limit."""
MOST_RETRIES = 1
"""How often a trial is restarted in another worker after its worker died."""
MOST_FAILURES = 20
"""Number of failures in a row that ends a search."""


@dataclass
class Driver:
    """Run one study until its budget is spent.

    Attributes:
        study: The study's folder and settings.
        records: Its records, loaded.
        proposals: Draws the candidates.
        sampler: Receives the results of the trials.
        pruner: Decides which trials end early.
        executor: Trains them.
        watchers: Called with every event.
        fold_pruner: Decides after each fold whether to train another; None: every trial trains all folds.
        budget: In a planned search, decides the next training and its length.
        interruption: Counts Ctrl-C.
    """

    study: Study
    records: Records
    proposals: Proposals
    sampler: Sampler
    pruner: Pruner
    executor: Executor
    watchers: list[Watcher]
    interruption: Interruption = field(default_factory=Interruption)
    fold_pruner: Wilcoxon | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        self._running: set[int] = set()
        self._num_begun = 0
        self._waiting = [record.trial for record in self.records if record.state == TrialState.RUNNING]
        self._ahead: Trial | None = None
        self._exhausted = False
        self._is_acknowledged = False
        self._failures: Counter[str] = Counter()
        self._stopped_for: dict[int, str] = {}
        self._growing = GrowingTrials(self.study, self.records, self.sampler, self.proposals.feasibility)
        self._judge = Judge(self.study.settings, self.records, self.pruner, self.fold_pruner)
        self._kept = {int(file.parent.name) for file in self.records.folder.glob("*/weights.npz")}
        self._clock = Clock(self.study, self.budget)
        self._clock.keep_for_the_finish(self.records, self.executor.workers)

    def run(self) -> None:
        """Search until the budget is spent, the space is exhausted, or Ctrl-C was pressed.

        Raises:
            SearchError: Too many failures or infeasible candidates in a row, or no worker could start.
            OSError: The disk is full.
        """
        self.interruption.wake = self.executor.wake
        if self.budget is not None:
            self._tell(PlanMade(self.budget.plan))
        try:
            while self._fill():
                for event in self.executor.events(TICK):
                    self._handle(event)
                self._acknowledge()
                under_way = [self.records[number] for number in sorted(self._running)]
                if under_way and all(self._clock.is_over(record, OVERTIME) for record in under_way):
                    self._abandon()
                self._save_progress()
                self._tell(Tick(self._clock.seconds, self._clock.expected(under_way)))
        finally:
            self.executor.close(at_once=self.interruption.count > 1)
            self._save_progress()

    def _save_progress(self) -> None:
        self.study.save_progress(self._clock.seconds, self.executor.workers)

    def _acknowledge(self) -> None:
        """Confirm Ctrl-C once, since the running epochs can take long."""
        if self.interruption.count and not self._is_acknowledged:
            self._is_acknowledged = True
            self._tell(Note("Ctrl-C: stopping after the current epochs; press it again to stop immediately"))

    # Start of trials

    def _fill(self) -> bool:
        """Give every free worker a trial; return whether any trial is running."""
        if self.interruption.count > 1:
            return False
        while self.executor.free and self._may_begin():
            trial = self._next()
            if trial is None:
                break
            self._begin(trial)
        is_early = self.budget is None  # a plan depends on the results of the running trials
        if is_early and self._running and self._ahead is None and not self._waiting and self._may_begin():
            self._ahead = self._drawn()
        return bool(self._running)

    def _may_begin(self) -> bool:
        if self.interruption.count or (self._clock.is_late() and not self._is_first_of_plan()):
            return False
        if self._waiting:
            return True
        return not self._exhausted and self._trials_left() > 0

    def _is_first_of_plan(self) -> bool:
        """Return whether nothing has been trained: a planned search trains something in any case."""
        return self.budget is not None and not any(record.curve for record in self.records)

    def _trials_left(self) -> float:
        limit = self.study.settings.trials
        return math.inf if limit is None else limit - counted(self.records) - len(self._running)

    def _next(self) -> Trial | None:
        if self._waiting:
            return self._waiting.pop(0)
        ahead, self._ahead = self._ahead, None
        if ahead is not None and not self.proposals.repeats(ahead):
            return ahead
        return self._drawn()

    def _drawn(self) -> Trial | None:
        try:
            return self.proposals.next(time.time()) if self.budget is None else self._planned(self.budget)
        except ExhaustedError as end:
            self._exhausted = True
            self._tell(Note(str(end)))
            return None

    def _planned(self, budget: Budget) -> Trial | None:
        """Return the next trial of the plan; None if nothing more fits into the time."""
        left = self._clock.left
        chosen = budget.next(left, is_last=self._trials_left() == 1)
        if chosen is None:
            return None
        now = time.time()
        if isinstance(chosen, Promotion):
            return budget.sized(self.proposals.promoted(chosen.number, now), chosen, left)
        try:
            return budget.sized(self.proposals.next(now), chosen, left)
        except ExhaustedError as end:
            budget.is_exhausted = True
            self._tell(Note(str(end)))
            return self._planned(budget)

    def _begin(self, trial: Trial) -> None:
        settings = self.study.settings
        now, is_new = time.time(), trial.number not in self.records
        if is_new:
            trial = trial.model_copy(update={"started": now})
            self.records.begin(trial)
        self._clock.begin(trial.number)
        if self.budget is not None:  # the first trial of a worker includes its start-up
            is_timed = is_new and self._num_begun >= self.executor.workers
            self.budget.costs.begin(trial.number, now, is_timed=is_timed)
        self._num_begun += 1
        self._running.add(trial.number)
        self.executor.submit(
            Train(
                trial=trial.number,
                candidate=trial.candidate,
                data=self.study.data_folder,
                directory=self.records.trial_folder(trial.number).resolve(),
                epochs=most_epochs(self.records[trial.number], settings),
                fidelity=trial.fidelity,
                seed=trial.seed,
                precision=settings.precision,
                metric=settings.objective,
                direction=settings.direction,
                class_weights=settings.class_weights,
                folds=settings.folds,
                asks=True,
            )
        )
        self._tell(TrialChanged(self.records[trial.number]))

    # Messages of the workers

    def _handle(self, event: Event) -> None:
        match event:
            case Ready():
                self._tell(WorkersReady(event.backend, event.devices, event.versions))
            case Suggest():
                self.executor.suggest(self._growing.suggest(event))
            case Built():
                self._allow(event)
            case Shared():
                self._share(event)
            case EpochReport():
                self._hear(event)
            case JobResult():
                self._end(event)
            case Died():
                self._died(event)

    def _share(self, shared: Shared) -> None:
        self._tell(Note(shared.reason))
        if self.budget is not None:
            trial = self.records[shared.trial].trial
            left = self._clock.left
            self._tell_revised(self.budget.settle(trial, shared.workers, shared.step_seconds, left))

    def _allow(self, built: Built) -> None:
        """Allow the training of a network whose limits could only be checked after it was built."""
        if not self._growing.allows(built):
            self.executor.reply(built.trial, "stop")
        else:
            self.executor.reply(built.trial, "pause" if self.interruption.count else "continue")
        self._tell(TrialChanged(self.records[built.trial]))

    def _hear(self, report: EpochReport) -> None:
        """Record an epoch and answer the report, before the watchers are called."""
        number = report.trial
        epoch = EpochRecord(fold=report.fold, epoch=report.epoch, time=report.time, metrics=report.metrics)
        record = self.records.add_epoch(number, epoch)
        self._judge.hear(record, is_last=report.is_last)
        if self.budget is not None:
            self.budget.costs.learn(record.trial, epoch, report.step_seconds)
        if self.interruption.count:
            self.executor.reply(number, "pause")
        elif self._clock.is_over(record):
            self._stop(number, TIME_LIMIT)
        elif reason := self._judge.reason_to_stop(record):
            self._stop(number, reason)
        else:
            self._continue(record)
        self._tell(TrialChanged(self.records[number]))

    def _continue(self, record: TrialRecord) -> None:
        """Continue a trial; a new length is recorded before it is sent."""
        resized = self._clock.resized(record)
        if resized is not None:
            self.records.change(record.trial.model_copy(update={"fidelity": resized}))
            self._tell(Note(f"trial {record.number}: {resized.told()}"))
        self.executor.reply(record.number, "continue", resized)

    def _stop(self, number: int, reason: str) -> None:
        self._stopped_for[number] = reason
        self.executor.reply(number, "stop")

    # End of trials

    def _end(self, outcome: JobResult) -> None:
        number = outcome.trial
        if outcome.outcome == "paused":
            self._running.discard(number)
            return
        if outcome.outcome == "failed":
            check_disk(outcome.reason)
            if is_out_of_memory(outcome.reason):
                self._exceeded_memory(number, outcome.reason)
            else:
                self._fail(number, outcome.reason)
            return
        if (error := self._growing.refusal(outcome)) is not None:
            self._exclude(number, error.limit, str(error), cause=str(error))
            return
        state = TrialState.COMPLETE if outcome.outcome == "complete" else TrialState.PRUNED
        verdict = self._stopped_for.pop(number, "")  # has no effect on a trial that was at its end
        reason = verdict if outcome.outcome == "stopped" else outcome.reason
        is_diverged = outcome.outcome == "diverged"
        self._record_trained(number, state, self._figures(outcome), reason, is_diverged=is_diverged)
        self._failures.clear()

    def _figures(self, outcome: JobResult) -> tuple[int, dict[str, float]]:
        """Return a trial's best epoch and its metrics; with folds a worker reports only the last one."""
        if self.study.settings.folds == 1:
            return outcome.best_epoch, outcome.metrics
        return self._judge.figures(outcome.trial, is_complete=outcome.outcome == "complete")

    def _abandon(self) -> None:
        """End the trials whose epoch did not end in time."""
        self.executor.close(at_once=True)
        for number in sorted(self._running):
            self._cut_off(number, f"{TIME_LIMIT} in the middle of an epoch")

    def _cut_off(self, number: int, reason: str) -> None:
        """Record a trial that was ended from outside, with its result so far."""
        self._record_trained(number, TrialState.PRUNED, self._judge.figures(number), reason)

    def _record_trained(
        self,
        number: int,
        state: TrialState,
        figures: tuple[int, dict[str, float]],
        reason: str,
        *,
        is_diverged: bool = False,
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
            ),
        )

    def _died(self, event: Died) -> None:
        """Restart a trial in another worker, once, after its worker died, unless it would fail again."""
        number, record = event.trial, self.records[event.trial]
        if event.cause == "memory":
            self._exceeded_memory(number, event.reason)
        elif event.cause == "time":
            self._cut_off(number, event.reason)
        elif record.trial.retries >= MOST_RETRIES:
            self._fail(number, f"{event.reason}, for the second time")
        else:
            self._running.discard(number)
            self._waiting.insert(0, self.records.retry(number))
            self._tell(Note(f"trial {number}: {event.reason}; resuming it in another worker"))

    def _exceeded_memory(self, number: int, reason: str) -> None:
        """Record a network that is infeasible on this machine; so is any that needs more memory."""
        predicted = self.records[number].trial.counts.get(MEMORY, 0)
        description = f"{reason} (predicted: {predicted / 2**20:,.0f} MB)"
        self._exclude(number, MEMORY, description, cause=reason)

    def _exclude(self, number: int, limit: str, reason: str, *, cause: str) -> None:
        """Record a network as infeasible after its start; the cause counts as a failure."""
        self._record(
            number,
            Result(state=TrialState.INFEASIBLE, ended=time.time(), reason=reason, limit=limit, violation=1.0),
        )
        self._count_failure(cause)

    def _fail(self, number: int, reason: str) -> None:
        self._record(number, Result(state=TrialState.FAILED, ended=time.time(), reason=reason))
        self._count_failure(reason)

    def _count_failure(self, reason: str) -> None:
        self._failures[reason] += 1
        if self._failures.total() >= MOST_FAILURES:
            cause, count = self._failures.most_common(1)[0]
            raise SearchError(f"{MOST_FAILURES} trials failed in a row; {count} of them with: {cause}")

    def _record(self, number: int, result: Result) -> None:
        record = self.records.end(number, result)
        self._clock.keep_for_the_finish(self.records, self.executor.workers)
        if self.budget is not None:
            self._tell_revised(self.budget.revise(self._clock.left))
        self._running.discard(number)
        self.sampler.tell(record)
        ranking = best_first(self.records, self.study.settings.direction)
        self._keep_weights(number, keepers(self.records, self.study.settings))
        self._tell(TrialChanged(record, is_best=bool(ranking) and ranking[0].number == number))

    def _tell_revised(self, plan: Plan | None) -> None:
        if plan is not None:
            self._tell(PlanMade(plan, is_revised=True))

    def _keep_weights(self, number: int, best: set[int]) -> None:
        """Delete the weights of trials that can no longer become the champion."""
        self._kept.add(number)
        for other in self._kept - best:
            (self.records.trial_folder(other) / WEIGHTS).unlink(missing_ok=True)
        self._kept &= best

    def _tell(self, happening: Happening) -> None:
        for watcher in self.watchers:
            watcher(happening)
