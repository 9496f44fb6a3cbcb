"""Retraining of finalists in workers, from scratch and over several seeds.

Like the search driver, but without pruning: the only writer of the finalists' records, which can be killed at
any time and resumed.
"""

import hashlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnnsearch.data import Split, open_stored
from cnnsearch.data.store import read_summary, write_splits
from cnnsearch.search.executors import Died, Event, Executor
from cnnsearch.search.finish_plan import ChosenChampion, most_epochs
from cnnsearch.search.interruption import Interruption
from cnnsearch.space import AnyCandidate
from cnnsearch.study.events import FinalistChanged, Happening, Note, Tick, Watcher, WorkersReady
from cnnsearch.study.finalists import Finalists, Retraining, RetrainingStart, refit_seed
from cnnsearch.study.folder import Study
from cnnsearch.study.records import EpochRecord, Result, TrialRecord, TrialState
from cnnsearch.study.storage import check_disk
from cnnsearch.tasks.metric import Direction
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import (
    Decision,
    EpochReports,
    Heartbeat,
    Member,
    MemberResult,
    Ready,
    Train,
    Verdict,
)

TICK = 0.5
"""Interval between checks of the clock, in seconds."""


@dataclass(frozen=True)
class PlannedRetraining:
    """One training of a finalist.

    Attributes:
        record: The trial.
        candidate: The candidate to train: the trial's, with a changed plan in a refit.
        seed: The seed of the training.
        epochs: The largest number of epochs.
        data: The folder of a stored dataset.
        metric: The metric that selects the best epoch.
        direction: The direction of the metric.
        is_refit: Whether it trains on train and validation.
        fidelity: Rounds instead of epochs, if the trial had them.
    """

    record: TrialRecord
    candidate: AnyCandidate
    seed: int
    epochs: int
    data: Path
    metric: str
    direction: Direction
    is_refit: bool = False
    fidelity: Fidelity | None = None


def retraining_job(study: Study, record: TrialRecord, seed: int) -> PlannedRetraining:
    """Return a finalist's training, equal to its trial's but for the seed."""
    settings, fidelity = study.settings, record.trial.fidelity
    return PlannedRetraining(
        record=record,
        candidate=record.trial.candidate,
        seed=seed,
        epochs=most_epochs(record, settings),
        data=study.data_folder,
        metric=settings.objective,
        direction=settings.direction,
        fidelity=fidelity.anew() if fidelity else None,
    )


def refit_job(study: Study, choice: ChosenChampion) -> PlannedRetraining:
    """Return the champion's last training, on train and validation.

    No held-out examples remain to stop it early or to select its best epoch: it trains for as many epochs as
    the mean best epoch of the retrainings, and keeps the epoch with the lowest training loss.
    """
    record, settings = study.records()[choice.trial], study.settings
    seed, folder, fidelity = refit_seed(settings.seed, choice.trial), _with_validation(study), None
    if (searched := record.trial.fidelity) is not None:
        joined = read_summary(folder).num_examples("train")
        subset = joined if searched.passes > 1 else searched.subset
        fidelity = searched.anew().model_copy(update={"rounds": choice.epochs, "subset": subset})
    return PlannedRetraining(
        record=record,
        candidate=record.trial.candidate.without_early_stopping(),
        seed=seed,
        epochs=choice.epochs,
        data=folder,
        metric="loss",
        direction="minimize",
        is_refit=True,
        fidelity=fidelity,
    )


def _with_validation(study: Study) -> Path:
    """Store a copy of the data whose training split includes the validation split; return its folder."""
    data = open_stored(study.data_folder)
    parts = (data.train, data.validation)
    joined = Split(np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts]))
    fingerprint = hashlib.sha256(f"{data.summary.fingerprint} train and validation".encode()).hexdigest()
    summary = data.summary.model_copy(update={"fingerprint": fingerprint})
    return write_splits(study.datasets, summary, {"train": joined, "validation": data.validation})


@dataclass
class Retrainer:
    """Run the trainings of one finish.

    The compiled engine gets all trainings of one candidate as one job.

    Attributes:
        study: The study's folder and settings.
        executor: The executor of the trainings.
        watchers: Receivers of all events.
        interruption: The counter of Ctrl-C.
        deadline: The time after which no further training begins, on the monotonic clock.
    """

    study: Study
    executor: Executor
    watchers: Sequence[Watcher]
    interruption: Interruption
    deadline: float = float("inf")
    _running: dict[int, Retraining] = field(default_factory=dict)
    _left: deque[Sequence[PlannedRetraining]] = field(default_factory=deque)
    _jobs: list[PlannedRetraining] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._finalists = Finalists(self.study)
        self._begun = time.monotonic() - self.study.seconds
        self._shares: dict[int, float] = {}

    def run(self, jobs: Sequence[PlannedRetraining]) -> None:
        """Train the jobs that are not done yet, in this order, until the deadline or Ctrl-C.

        Raises:
            SearchError: No worker could start.
            OSError: The disk is full.
        """
        self.interruption.wake = self.executor.wake
        waiting = [job for job in jobs if not self._finalists.is_done(job.record.number, job.seed)]
        self._left.extend(self._groups(waiting))
        try:
            while self._left and not self._is_over():
                self._begin(self._left.popleft())
                self._wait(until_free=True)
            self._wait(until_free=False)
        finally:
            self.executor.close(at_once=self.interruption.count > 0)

    def _groups(self, jobs: Sequence[PlannedRetraining]) -> list[list[PlannedRetraining]]:
        """Return the trainings of each job, in the order of the first of each."""
        if self.study.settled.engines != ("compiled",):
            return [[job] for job in jobs]
        groups: dict[int, list[PlannedRetraining]] = {}
        for job in jobs:
            groups.setdefault(job.record.number, []).append(job)
        return list(groups.values())

    def _is_over(self) -> bool:
        if self.interruption.count:
            return True
        if time.monotonic() < self.deadline:
            return False
        self._notify(Note(f"skipping {sum(map(len, self._left))} of the retrainings: their time is used up"))
        return True

    def _wait(self, *, until_free: bool) -> None:
        """Handle messages of the workers until all are done, or one of them is free for what is left."""
        while self._running and not (until_free and self._left and self.executor.free):
            for event in self.executor.events(TICK):
                self._handle(event)
            self._notify(Tick(time.monotonic() - self._begun, shares=dict(self._shares)))
            if self.interruption.count > 1:
                return

    def _begin(self, group: Sequence[PlannedRetraining]) -> None:
        """Start a job whose members are trainings of one candidate."""
        job, settings = group[0], self.study.settled
        numbers = range(len(self._jobs), len(self._jobs) + len(group))
        self._jobs.extend(group)
        for number, training in zip(numbers, group, strict=True):
            begun = RetrainingStart(
                trial=training.record.number,
                seed=training.seed,
                epochs=training.epochs,
                started=time.time(),
                is_refit=training.is_refit,
            )
            self._running[number] = self._finalists.begin(begun)
        self.executor.submit(
            Train(
                members=tuple(self._member(*each) for each in zip(numbers, group, strict=True)),
                data=job.data.name,
                precision=settings.precision,
                metric=job.metric,
                direction=job.direction,
                class_weights=settings.class_weights,
                engine=settings.engines[0],
            )
        )
        for number in numbers:
            self._notify(FinalistChanged(self._running[number]))

    def _member(self, number: int, job: PlannedRetraining) -> Member:
        """Return a training as the member of a job; not with the trial's number, since several trainings of a
        trial may run concurrently."""
        return Member(
            trial=number,
            candidate=job.candidate,
            place=self.study.place_of(self._finalists.place(job.record.number, job.seed)),
            epochs=job.epochs,
            fidelity=job.fidelity,
            seed=job.seed,
        )

    def _handle(self, event: Event) -> None:
        match event:
            case Ready():
                self._notify(WorkersReady(event.backend, event.devices, event.versions))
            case Heartbeat(trial=int() as number) if number in self._running:
                self._shares[self._running[number].begun.seed] = event.share
            case EpochReports():
                self._add_epoch(event)
            case MemberResult():
                self._end(event)
            case Died():
                self._died(event)

    def _died(self, event: Died) -> None:
        """Record the failure of a training; those of a group are trained again, each alone."""
        for number in event.trials:
            if len(event.trials) == 1:
                self._record(number, _failure(event.reason))
            else:
                del self._running[number]
                self._left.append([self._jobs[number]])

    def _add_epoch(self, epoch: EpochReports) -> None:
        numbers = [report.trial for report in epoch.reports]
        for report in epoch.reports:
            self._shares.pop(self._running[report.trial].begun.seed, None)
            record = EpochRecord(epoch=report.epoch, time=report.time, metrics=report.metrics)
            self._running[report.trial] = self._finalists.add_epoch(self._running[report.trial], record)
        decision: Decision = "pause" if self.interruption.count else "continue"
        self.executor.reply([Verdict(trial=number, decision=decision) for number in numbers])
        for number in numbers:
            self._notify(FinalistChanged(self._running[number]))

    def _end(self, outcome: MemberResult) -> None:
        if outcome.outcome == "paused":
            self._running.pop(outcome.trial)
        elif outcome.outcome == "complete":
            self._record(outcome.trial, self._result(outcome))
        else:
            check_disk(outcome.reason)
            self._record(outcome.trial, _failure(outcome.reason))

    def _result(self, outcome: MemberResult) -> Result:
        return Result(
            state=TrialState.COMPLETE,
            ended=time.time(),
            value=outcome.metrics.get(self.study.settings.objective),
            best_epoch=outcome.best_epoch,
            metrics=outcome.metrics,
            reason=outcome.reason,
            use=outcome.use,
        )

    def _record(self, number: int, result: Result) -> None:
        self._notify(FinalistChanged(self._finalists.end(self._running.pop(number), result)))

    def _notify(self, happening: Happening) -> None:
        for watcher in self.watchers:
            watcher(happening)


def _failure(reason: str) -> Result:
    return Result(state=TrialState.FAILED, ended=time.time(), reason=reason)
