"""The driver: requests candidates, submits them for training, decides pruning, and alone writes the records.

It does not import TensorFlow and trains nothing; it can be killed at any instant and restarted.
"""

import time
from dataclasses import dataclass, field

from cnnsearch.search.budget import Budget
from cnnsearch.search.clock import Clock
from cnnsearch.search.endings import Endings
from cnnsearch.search.executors import Died, Event, Executor, Shared
from cnnsearch.search.finish_plan import most_epochs
from cnnsearch.search.growing import GrowingTrials
from cnnsearch.search.interruption import Interruption
from cnnsearch.search.judging import Judge
from cnnsearch.search.next_trials import NextTrials
from cnnsearch.search.proposals import Proposals
from cnnsearch.search.pruners import Pruner, Wilcoxon
from cnnsearch.search.samplers import Sampler
from cnnsearch.study.events import Happening, Note, PlanMade, Tick, TrialChanged, Watcher, WorkersReady
from cnnsearch.study.folder import Study
from cnnsearch.study.plan import Plan
from cnnsearch.study.records import TIME_LIMIT, EpochRecord, Records, Trial, TrialRecord, best_first
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import (
    Built,
    EngineMeasured,
    EpochReport,
    EpochReports,
    Heartbeat,
    Member,
    MemberResult,
    Ready,
    Suggest,
    Train,
    Verdict,
)

TICK = 0.5
"""Seconds between two checks of the time."""
OVERTIME = 30.0
"""Seconds that a running epoch may take beyond the time limit."""
MOST_RETRIES = 1
"""How often a trial is restarted in another worker after its worker died."""


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
        self._shares: dict[int, float] = {}
        self._num_begun = 0
        self._is_acknowledged = False
        self._stopped_for: dict[int, str] = {}
        self._settled = self.study.settled
        self._told: set[str] = set()
        self._growing = GrowingTrials(self.study, self.records, self.sampler, self.proposals.feasibility)
        self._judge = Judge(self.study.settings, self.records, self.pruner, self.fold_pruner)
        self._clock = Clock(self.study, self.budget)
        self._clock.keep_for_the_finish(self.records, self.executor.workers)
        self._trials = NextTrials(
            self.records,
            self.proposals,
            self._clock,
            limit=self.study.settings.trials,
            budget=self.budget,
            note=lambda text: self._tell(Note(text)),
        )
        self._endings = Endings(
            self.study, self.records, self.sampler, self._judge, self._growing, self._recorded
        )

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
                left = self._clock.expected(under_way)
                self._tell(Tick(self._clock.seconds, left, dict(self._shares)))
        finally:
            self.executor.close(at_once=self.interruption.count > 0)  # what was trained is saved
            self._save_progress()

    def _save_progress(self) -> None:
        settled = self._settled.model_copy(update={"workers": self.executor.workers})
        self.study.save_progress(self._clock.seconds, settled)

    def _acknowledge(self) -> None:
        """Confirm Ctrl-C once, since the running epochs can take long."""
        if self.interruption.count and not self._is_acknowledged:
            self._is_acknowledged = True
            self._tell(Note("Ctrl-C: stopping after the current epochs; press it again to stop immediately"))

    # Start of jobs

    def _fill(self) -> bool:
        """Give every free worker a job; return whether any trial is running."""
        if self.interruption.count > 1:
            return False
        while self.executor.free and self._may_begin():
            trial = self._trials.take(len(self._running))
            if trial is None:
                break
            self._begin(trial)
        if not self.interruption.count:
            self._trials.draw_ahead(len(self._running))
        return bool(self._running)

    def _may_begin(self) -> bool:
        return not self.interruption.count and self._trials.is_left(len(self._running))

    def _begin(self, trial: Trial) -> None:
        """Start a job of a trial, with others of its architecture if the engine trains them together."""
        is_new, numbers = trial.number not in self.records, [trial.number]
        self._record_start(trial)
        while len(numbers) < self._most_together and self._may_begin():
            other = self._trials.take_alike(trial, is_new=is_new)
            if other is None:
                break
            self._record_start(other)
            numbers.append(other.number)
        settings = self.study.settings
        self.executor.submit(
            Train(
                members=tuple(map(self._member, numbers)),
                data=self.study.data_folder.name,
                precision=settings.precision,
                metric=settings.objective,
                direction=settings.direction,
                class_weights=settings.class_weights,
                folds=settings.folds,
                engine=self._settled.engines[0],
                compares=self._settled.compared_engines,
                asks=True,
            )
        )
        for number in numbers:
            self._tell(TrialChanged(self.records[number]))

    @property
    def _most_together(self) -> int:
        """The number of trials of one architecture in a job; a grid has an order of its own."""
        engine, size = self._settled.engines[0], self._settled.group_size
        can_group = engine == "compiled" and self._settled.sampler != "grid"
        return size if can_group and size != "auto" else 1

    def _record_start(self, trial: Trial) -> None:
        now, is_new = time.time(), trial.number not in self.records
        if is_new:
            self.records.begin(trial.model_copy(update={"started": now}))
        self._clock.begin(trial.number)
        if self.budget is not None:  # the first trial of a worker includes its start-up
            is_timed = is_new and self._num_begun >= self.executor.workers
            self.budget.costs.begin(trial.number, now, is_timed=is_timed)
        self._num_begun += 1
        self._running.add(trial.number)

    def _member(self, number: int) -> Member:
        record = self.records[number]
        return Member(
            trial=number,
            candidate=record.trial.candidate,
            place=self.study.place_of(self.records.trial_folder(number)),
            epochs=most_epochs(record, self.study.settings),
            fidelity=record.trial.fidelity,
            seed=record.trial.seed,
        )

    # Messages of the workers

    def _handle(self, event: Event) -> None:
        match event:
            case Ready():
                self._tell(WorkersReady(event.backend, event.devices, event.versions))
            case Heartbeat(trial=int() as trial):
                self._shares[trial] = event.share
            case Suggest():
                self.executor.suggest(self._growing.suggest(event))
            case Built():
                self._allow(event)
            case Shared():
                self._share(event)
            case EngineMeasured():
                self._turn_to(event)
            case EpochReports():
                self._hear(event)
            case MemberResult():
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
            verdict = Verdict(trial=built.trial, decision="stop")
        else:
            verdict = Verdict(trial=built.trial, decision="pause" if self.interruption.count else "continue")
        self.executor.reply([verdict])
        self._tell(TrialChanged(self.records[built.trial]))

    def _hear(self, epoch: EpochReports) -> None:
        """Record an epoch of a job's members, then judge them together and answer, before the watchers are
        called."""
        records = [self._record_epoch(report) for report in epoch.reports]
        self.executor.reply([self._verdict(record) for record in records])
        for record in records:
            self._tell(TrialChanged(self.records[record.number]))

    def _record_epoch(self, report: EpochReport) -> TrialRecord:
        self._shares.pop(report.trial, None)
        epoch = EpochRecord(fold=report.fold, epoch=report.epoch, time=report.time, metrics=report.metrics)
        record = self.records.add_epoch(report.trial, epoch)
        self._judge.hear(record, is_last=report.is_last)
        if self.budget is not None:
            self.budget.costs.learn(record.trial, epoch, report.step_seconds)
        return record

    def _verdict(self, record: TrialRecord) -> Verdict:
        if self.interruption.count:
            return Verdict(trial=record.number, decision="pause")
        reason = TIME_LIMIT if self._clock.is_over(record) else self._judge.reason_to_stop(record)
        if reason:
            self._stopped_for[record.number] = reason
            return Verdict(trial=record.number, decision="stop")
        return Verdict(trial=record.number, decision="continue", fidelity=self._resized(record))

    def _resized(self, record: TrialRecord) -> Fidelity | None:
        """Return a trial's new length if it changes; it is recorded before it is sent."""
        resized = self._clock.resized(record)
        if resized is not None:
            self.records.change(record.trial.model_copy(update={"fidelity": resized}))
            self._tell(Note(f"trial {record.number}: {resized.told()}"))
        return resized

    # End of trials

    def _end(self, result: MemberResult) -> None:
        self._running.discard(result.trial)
        self._learn(result.use)
        verdict = self._stopped_for.pop(result.trial, "")  # has no effect on a trial that was at its end
        if result.outcome != "paused":
            self._endings.end(result, verdict)

    def _turn_to(self, measured: EngineMeasured) -> None:
        """Train with the engine that the first trial has measured to be the fastest."""
        if not self._settled.compared_engines:  # another worker has measured it
            return
        chosen: dict[str, object] = {"engine": measured.engine}
        if self._settled.group_size == "auto":
            chosen["group_size"] = measured.group_size
        self._settled = self._settled.model_copy(update=chosen)
        self._tell(Note(measured.reason))

    def _learn(self, use: EngineUse) -> None:
        """Tell once why a trial was not trained by the engine that was asked for."""
        if use.reason and use.reason not in self._told:
            self._told.add(use.reason)
            self._tell(Note(use.reason))

    def _abandon(self) -> None:
        """End the trials whose epoch did not end in time."""
        self.executor.close(at_once=True)
        for number in sorted(self._running):
            self._running.discard(number)
            self._endings.abandon(number)

    def _died(self, event: Died) -> None:
        """End the trials of a dead worker, or restart each once, alone, in another worker."""
        for number in reversed(event.trials):  # the first is restarted first
            self._running.discard(number)
            if event.cause == "memory" and len(event.trials) == 1:
                self._endings.exceeded_memory(number, event.reason)
            elif event.cause == "time":
                self._endings.cut_off(number, event.reason)
            elif self.records[number].trial.retries >= MOST_RETRIES:
                self._endings.fail(number, f"{event.reason}, for the second time")
            else:
                self._trials.restart(self.records.retry(number))
                self._tell(Note(f"trial {number}: {event.reason}; resuming it in another worker"))

    def _recorded(self, record: TrialRecord) -> None:
        """Adjust the plan to a result, and report it."""
        self._clock.keep_for_the_finish(self.records, self.executor.workers)
        if self.budget is not None:
            self._tell_revised(self.budget.revise(self._clock.left))
        ranking = best_first(self.records, self.study.settings.direction)
        self._tell(TrialChanged(record, is_best=bool(ranking) and ranking[0].number == record.number))

    def _tell_revised(self, plan: Plan | None) -> None:
        if plan is not None:
            self._tell(PlanMade(plan, is_revised=True))

    def _tell(self, happening: Happening) -> None:
        for watcher in self.watchers:
            watcher(happening)
