"""One job -> the results of its members: train them side by side, epoch by epoch, and follow the verdicts."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.plan.augmentation import PICTURE_FILE
from cnnsearch.plan.training_plan import OneCycle
from cnnsearch.training.augmentation.picture import write_picture
from cnnsearch.training.checkpoint import read_fold
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.engines import Engine, Training, TrainingDivergedError, start_engine
from cnnsearch.training.folds import fold_splits
from cnnsearch.training.program import Programs
from cnnsearch.training.progress import Progress
from cnnsearch.training.protocol import (
    Decision,
    EpochReport,
    Member,
    MemberResult,
    MetricValues,
    Outcome,
    Precision,
    Train,
    Verdict,
)
from cnnsearch.training.store import CHECKPOINT, WEIGHTS, Files, Store

Judge = Callable[[Sequence[EpochReport]], Mapping[int, Verdict]]
"""Called with the reports of all members still in training; returns a verdict for each, by trial."""

# The largest share of the training time that snapshots may take.
_SNAPSHOT_SHARE = 0.1

USUAL_EPOCHS = 20
"""The number of epochs that a plan's warm-up assumes, where a training is counted in examples."""


def run_job(
    job: Train,
    store: Store,
    precision: Precision,
    judge: Judge,
    programs: Programs | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Iterator[MemberResult]:
    """Train a job's members until their last epoch or an earlier end; with folds, one network after another.

    Args:
        job: What to train; a member that has a checkpoint is resumed.
        store: The files of the job.
        precision: The dtype policy if the job has none.
        judge: Called after each epoch. It is called before the snapshots, so every epoch in a checkpoint has
            been reported.
        programs: Networks that need not be compiled again.
        callbacks: Passed to `fit` beside the engine's own.

    Yields:
        The result of each member when it ends.
    """
    started, programs = time.monotonic(), programs or Programs()
    data = open_stored(store.dataset(job.data))
    left = {member.trial: _fitted(member) for member in job.members}
    files = {member.trial: store.files(member.place) for member in job.members}
    for trial, member in left.items():
        _show_augmentation(member, files[trial], data)
    for fold in range(min(map(_fold_of, files.values())), job.folds):
        members = [member for trial, member in left.items() if _fold_of(files[trial]) <= fold]
        if not members:  # those left have finished this fold already
            continue
        for end in _run_fold(
            job.with_members(members), data, fold, files, precision, judge, programs, callbacks
        ):
            if end.outcome == "complete" and fold < job.folds - 1:
                continue
            del left[end.trial]
            if end.outcome != "paused":
                files[end.trial].remove(CHECKPOINT)
            yield end.result(time.monotonic() - started)
        if not left:
            return
        forget_models()


def forget_models() -> None:
    """Free what Keras keeps of finished networks.

    `gc.freeze`, called once the libraries are loaded, saves 0.2 s in each call.
    """
    keras.utils.clear_session(free_memory=False)
    gc.collect()


def _fold_of(files: Files) -> int:
    """Return the fold in which a training begins or resumes."""
    checkpoint = files.read(CHECKPOINT)
    return 0 if checkpoint is None else read_fold(checkpoint)


def _run_fold(
    job: Train,
    data: StoredData,
    fold: int,
    files: Mapping[int, Files],
    precision: Precision,
    judge: Judge,
    programs: Programs,
    callbacks: Sequence[keras.callbacks.Callback],
) -> Iterator["_End"]:
    """Train one fold; at the end its examples and its networks are no longer referenced."""
    train, validation = fold_splits(data, job.folds, fold)
    values = data.summary.values.ends
    training = Training(job, data.summary.task, train, validation, values, fold, job.precision or precision)
    yield from _Fold(training, start_engine(training, programs, callbacks), files, judge).run()


def _fitted(member: Member) -> Member:
    """Adapt a member's plan to a length in examples: no augmentation if examples are seen too rarely for it,
    a warm-up with the same share of the training as of the usual epochs, and no early stopping, which would
    cut off the end of the schedule."""
    fidelity, plan = member.fidelity, member.plan
    if fidelity is None:
        return member
    changes: dict[str, Any] = {"early_stopping": None}
    if not fidelity.is_augmented:
        changes["augmentation"] = ()
    if not isinstance(plan.schedule, OneCycle):
        rounds = plan.schedule.warmup_epochs / USUAL_EPOCHS * member.first_epochs
        changes["schedule"] = plan.schedule.model_copy(update={"warmup_epochs": rounds})
    return member.with_plan(plan.model_copy(update=changes))


def _show_augmentation(member: Member, files: Files, data: StoredData) -> None:
    augmentation, values = member.plan.augmentation, data.summary.values.ends
    if augmentation and files.read(PICTURE_FILE) is None:
        with files.write(PICTURE_FILE, durable=False) as file:
            write_picture(file, data.train.x, augmentation, value_range=values, seed=member.seed)


@dataclass(frozen=True)
class _End:
    """The end of a member in a fold."""

    trial: int
    outcome: Outcome
    reason: str
    progress: Progress
    use: EngineUse

    def result(self, seconds: float) -> MemberResult:
        return MemberResult(
            trial=self.trial,
            outcome=self.outcome,
            epochs=self.progress.epoch,
            best_epoch=self.progress.best_epoch,
            metrics=self.progress.best_metrics,
            reason=self.reason,
            seconds=seconds,
            use=self.use,
        )


class _Fold:
    """The training of a job's members in one fold; each leaves it at its end.

    Args:
        training: The members, and their examples.
        engine: Their engine.
        files: Their files, by trial.
        judge: Returns the verdicts.
    """

    def __init__(self, training: Training, engine: Engine, files: Mapping[int, Files], judge: Judge) -> None:
        self._job, self._fold = training.job, training.fold
        self._engine, self._files, self._judge = engine, files, judge
        self._left = {member.trial: member for member in training.job.members}
        self._snapshots = _Snapshots(engine, files)
        for trial in self._left:
            checkpoint = files[trial].read(CHECKPOINT)
            if checkpoint is not None and read_fold(checkpoint) == training.fold:
                engine.restore(trial, checkpoint)

    def run(self) -> Iterator[_End]:
        """Train epochs until no member is left; yield each member when it ends."""
        for trial in [trial for trial in self._left if self._is_over(trial)]:  # it was killed at its end
            yield self._end(trial, "complete", self._out_of_patience(trial))
        while self._left:
            yield from self._run_epoch()

    def _run_epoch(self) -> Iterator[_End]:
        started = time.monotonic()
        measured = self._engine.run_epoch(tuple(self._left))
        self._snapshots.training_seconds += time.monotonic() - started
        reports = []
        for trial, metrics in measured.items():
            if isinstance(metrics, TrainingDivergedError):
                yield self._end(trial, "diverged", str(metrics))
            else:
                reports.append(self._report(trial, metrics))
        if not reports:
            return
        verdicts = self._judge(reports)
        for report in reports:
            yield from self._follow(report, verdicts[report.trial].decision)
        self._snapshots.take_if_affordable(self._left)
        for trial in self._left:
            if (fidelity := verdicts[trial].fidelity) is not None:
                self._engine.resize(trial, fidelity)
                self._left[trial] = self._left[trial].resized(fidelity)

    def _report(self, trial: int, metrics: MetricValues) -> EpochReport:
        epoch = self._engine.progress(trial).epoch
        is_disturbed = self._job.measures and epoch == 1 and trial == self._job.trials[0]
        return EpochReport(
            trial=trial,
            fold=self._fold,
            epoch=epoch,
            is_last=self._is_over(trial),
            time=time.time(),
            metrics=metrics,
            step_seconds=None if is_disturbed else self._engine.step_seconds(trial),
        )

    def _follow(self, report: EpochReport, decision: Decision) -> Iterator[_End]:
        """Follow a verdict; a member at its end is complete whatever the last verdict is."""
        trial, is_last_fold = report.trial, report.fold == self._job.folds - 1
        if report.is_last and is_last_fold:
            yield self._end(trial, "complete", self._out_of_patience(trial))
        elif decision == "stop":
            yield self._end(trial, "stopped", f"stopped by the search after epoch {report.epoch}")
        elif decision == "pause":
            self._snapshots.take(trial)
            yield self._end(trial, "paused", f"paused after epoch {report.epoch}")
        elif report.is_last:
            self._snapshots.take(trial)  # a kill in the next fold resumes at the start of that fold
            yield self._end(trial, "complete", "")

    def _end(self, trial: int, outcome: Outcome, reason: str) -> _End:
        """Take a member out. A trial keeps the weights of the first fold."""
        if outcome in ("complete", "stopped") and self._fold == 0:
            with self._files[trial].write(WEIGHTS) as file:
                self._engine.save_best(trial, file)
        end = _End(trial, outcome, reason, self._engine.progress(trial), self._engine.use(trial))
        del self._left[trial]
        self._engine.leave(trial)
        return end

    def _is_over(self, trial: int) -> bool:
        """Return whether a member has no epochs left, which can also be the case when it is resumed."""
        epoch = self._engine.progress(trial).epoch
        return epoch >= self._left[trial].epochs or bool(self._out_of_patience(trial))

    def _out_of_patience(self, trial: int) -> str:
        stopping = self._left[trial].plan.early_stopping
        if stopping is None or self._engine.progress(trial).epochs_without_gain < stopping.patience:
            return ""
        return f"no better {self._job.metric} for {stopping.patience} epochs"


@dataclass
class _Snapshots:
    """Limit the time of snapshots to a share of the training time; small networks get one each epoch."""

    engine: Engine
    files: Mapping[int, Files]
    training_seconds: float = 0.0
    seconds: float = 0.0
    last: float = 0.0

    def take(self, trial: int) -> None:
        with self.files[trial].write(CHECKPOINT) as file:
            self.engine.snapshot(trial, file)

    def take_if_affordable(self, trials: Iterable[int]) -> None:
        if self.seconds + self.last > _SNAPSHOT_SHARE * self.training_seconds:
            return
        started = time.monotonic()
        for trial in trials:
            self.take(trial)
        self.last = time.monotonic() - started
        self.seconds += self.last
