"""Trains finalists again, from scratch and over several seeds, where the trials were trained: in workers.

The driver's smaller sister: it judges nothing, alone writes the finalists' records, and can be killed at any
instant and started again.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnnsearch.data import Split, open_stored
from cnnsearch.data.store import read_summary, write_splits
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.search.events import FinalistChanged, Happening, Note, Tick, Watcher, WorkersReady
from cnnsearch.search.executors import Died, Event, Executor
from cnnsearch.search.finish_plan import ChosenChampion, most_epochs
from cnnsearch.search.interruption import Interruption
from cnnsearch.study.finalists import Finalists, Retraining, RetrainingStart, refit_seed
from cnnsearch.study.folder import Study
from cnnsearch.study.records import EpochRecord, Result, TrialRecord, TrialState
from cnnsearch.study.storage import check_disk
from cnnsearch.tasks.base import Direction
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import EpochReport, JobResult, Ready, Train

TICK = 0.5
"""Seconds between two looks at the clock."""


@dataclass(frozen=True)
class Job:
    """One training of a finalist.

    Attributes:
        record: The trial.
        seed: Of the training's own draws.
        epochs: The most that it is trained for.
        plan: How; a trial's own plan unless it is a refit.
        data: The folder of a stored dataset.
        metric: What the best epoch is chosen by.
        direction: Of the metric.
        is_refit: Whether it is trained on train and validation.
        fidelity: Rounds in place of epochs, as the trial had.
    """

    record: TrialRecord
    seed: int
    epochs: int
    plan: TrainingPlan
    data: Path
    metric: str
    direction: Direction
    is_refit: bool = False
    fidelity: Fidelity | None = None


def retraining_job(study: Study, record: TrialRecord, seed: int) -> Job:
    """A finalist's training as its trial's was, with another seed."""
    settings = study.settings
    plan, known = record.trial.candidate.training, record.trial.fidelity
    fidelity = known.anew() if known else None
    epochs = most_epochs(record, settings)
    place = study.data_folder
    return Job(record, seed, epochs, plan, place, settings.objective, settings.direction, fidelity=fidelity)


def refit_job(study: Study, choice: ChosenChampion) -> Job:
    """The champion's last training, on train and validation.

    Nothing is left to stop it by or to choose its best epoch by: it trains for as many epochs as were best on
    average, and keeps the one with the lowest training loss.
    """
    record, settings = study.records()[choice.trial], study.settings
    plan = record.trial.candidate.training.model_copy(update={"early_stopping": None})
    seed, folder, fidelity = refit_seed(settings.seed, choice.trial), _with_validation(study), None
    if (known := record.trial.fidelity) is not None:
        joined = read_summary(folder).num_examples("train")
        subset = joined if known.passes > 1 else known.subset
        fidelity = known.anew().model_copy(update={"rounds": choice.epochs, "subset": subset})
    return Job(record, seed, choice.epochs, plan, folder, "loss", "minimize", True, fidelity)


def _with_validation(study: Study) -> Path:
    """Stores the data once more, the validation split joined to the training split."""
    data = open_stored(study.data_folder)
    parts = (data.train, data.validation)
    joined = Split(np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts]))
    fingerprint = hashlib.sha256(f"{data.summary.fingerprint} train and validation".encode()).hexdigest()
    summary = data.summary.model_copy(update={"fingerprint": fingerprint})
    return write_splits(study.runs / ".data", summary, {"train": joined, "validation": data.validation})


@dataclass
class Retrainer:
    """Runs the trainings of one finish.

    Attributes:
        study: The study's folder and settings.
        executor: Trains them.
        watchers: Told of everything that happens.
        interruption: How often Ctrl-C was pressed.
        deadline: When no further training is begun, by the monotonic clock.
    """

    study: Study
    executor: Executor
    watchers: Sequence[Watcher]
    interruption: Interruption
    deadline: float = float("inf")
    _running: dict[int, Retraining] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._finalists = Finalists(self.study)
        self._begun = time.monotonic() - self.study.seconds

    def run(self, jobs: Sequence[Job]) -> None:
        """Trains what is not trained yet, in this order, until the deadline or Ctrl-C.

        Raises:
            SearchError: No worker could start.
            OSError: There is no room left on the disk.
        """
        self.interruption.wake = self.executor.wake
        waiting = [job for job in jobs if not self._finalists.is_done(job.record.number, job.seed)]
        try:
            for number in range(len(waiting)):
                self._wait(until_free=True)
                if self._is_over(len(waiting) - number):
                    break
                self._begin(number, waiting[number])
            self._wait(until_free=False)
        finally:
            self.executor.close(at_once=self.interruption.count > 1)

    def _is_over(self, left: int) -> bool:
        if self.interruption.count:
            return True
        if time.monotonic() < self.deadline:
            return False
        self._tell(Note(f"{left} of the retrainings are left out: the time for them is over"))
        return True

    def _wait(self, until_free: bool) -> None:
        """Handles what the workers say, until one is free or all are done."""
        while self._running and not (until_free and self.executor.free):
            for event in self.executor.events(TICK):
                self._handle(event)
            self._tell(Tick(time.monotonic() - self._begun))
            if self.interruption.count > 1:
                return

    def _begin(self, number: int, job: Job) -> None:
        begun = RetrainingStart(
            trial=job.record.number,
            seed=job.seed,
            epochs=job.epochs,
            started=time.time(),
            is_refit=job.is_refit,
        )
        self._running[number] = self._finalists.begin(begun)
        self.executor.submit(
            Train(
                trial=number,  # several trainings of a trial may run at the same time
                architecture=job.record.trial.candidate.architecture.model_dump(mode="json"),
                plan=job.plan,
                data=job.data,
                directory=self._finalists.place(begun.trial, begun.seed).resolve(),
                epochs=job.epochs,
                fidelity=job.fidelity,
                seed=job.seed,
                precision=self.study.settings.precision,
                metric=job.metric,
                direction=job.direction,
                class_weights=self.study.settings.class_weights,
            )
        )
        self._tell(FinalistChanged(self._running[number]))

    def _handle(self, event: Event) -> None:
        match event:
            case Ready():
                self._tell(WorkersReady(event.backend, event.devices, event.versions))
            case EpochReport():
                self._add_epoch(event)
            case JobResult():
                self._end(event)
            case Died():
                self._record(event.trial, _failure(event.reason))

    def _add_epoch(self, report: EpochReport) -> None:
        epoch = EpochRecord(epoch=report.epoch, time=report.time, metrics=report.metrics)
        retraining = self._finalists.add_epoch(self._running[report.trial], epoch)
        self._running[report.trial] = retraining
        self.executor.reply(report.trial, "pause" if self.interruption.count else "continue")
        self._tell(FinalistChanged(retraining))

    def _end(self, outcome: JobResult) -> None:
        if outcome.outcome == "paused":
            self._running.pop(outcome.trial)
        elif outcome.outcome == "complete":
            self._record(outcome.trial, self._result(outcome))
        else:
            check_disk(outcome.reason)
            self._record(outcome.trial, _failure(outcome.reason))

    def _result(self, outcome: JobResult) -> Result:
        return Result(
            state=TrialState.COMPLETE,
            ended=time.time(),
            value=outcome.metrics.get(self.study.settings.objective),
            best_epoch=outcome.best_epoch,
            metrics=outcome.metrics,
            reason=outcome.reason,
        )

    def _record(self, number: int, result: Result) -> None:
        self._tell(FinalistChanged(self._finalists.end(self._running.pop(number), result)))

    def _tell(self, happening: Happening) -> None:
        for watcher in self.watchers:
            watcher(happening)


def _failure(reason: str) -> Result:
    return Result(state=TrialState.FAILED, ended=time.time(), reason=reason)
