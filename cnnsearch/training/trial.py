"""One job -> one result: build the network, train it epoch by epoch, and follow the verdicts."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.plan.augmentation import PICTURE_FILE
from cnnsearch.plan.training_plan import OneCycle
from cnnsearch.training.augmentation.picture import write_picture
from cnnsearch.training.checkpoint import read_fold
from cnnsearch.training.engines import Engine, Training, TrainingDivergedError, start_engine
from cnnsearch.training.folds import fold_seed, fold_splits
from cnnsearch.training.program import Programs
from cnnsearch.training.protocol import (
    CHECKPOINT,
    WEIGHTS,
    EpochReport,
    JobResult,
    Outcome,
    Precision,
    Train,
    Verdict,
)

EpochCallback = Callable[[EpochReport], Verdict]


# The largest share of the training time that snapshots may take.
_SNAPSHOT_SHARE = 0.1

USUAL_EPOCHS = 20
"""The number of epochs that a plan's warm-up assumes, where a training is counted in examples."""


def run_trial(
    job: Train,
    precision: Precision,
    judge: EpochCallback,
    programs: Programs | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> JobResult:
    """Train a job's network until its last epoch or an earlier end; with folds, one network after another.

    Args:
        job: What to train; a checkpoint in its directory is resumed.
        precision: The dtype policy if the job has none.
        judge: Called with each epoch's report; returns the verdict, with a new length if that changes. It is
            called before the snapshot, so every epoch in a checkpoint has been reported.
        programs: Networks that need not be compiled again.
        callbacks: Passed to `fit` beside the engine's own.
    """
    started, job = time.monotonic(), _fitted(job)
    data, programs = open_stored(job.data), programs or Programs()
    precision = job.precision or precision
    fold = read_fold(job.directory / CHECKPOINT) or 0
    engine = _start_engine(job, data, fold, precision, programs, callbacks)
    outcome, reason = _run_fold(engine, job, judge)
    while outcome == "complete" and fold < job.folds - 1:
        fold += 1
        del engine
        forget_models()
        engine = _start_engine(job, data, fold, precision, programs, callbacks)
        outcome, reason = _run_fold(engine, job, judge)
    if outcome != "paused":
        (job.directory / CHECKPOINT).unlink(missing_ok=True)
    return JobResult(
        trial=job.trial,
        outcome=outcome,
        epochs=engine.epoch,
        best_epoch=engine.progress.best_epoch,
        metrics=engine.progress.best_metrics,
        reason=reason,
        seconds=time.monotonic() - started,
    )


def forget_models() -> None:
    """Free what Keras keeps of finished networks.

    `gc.freeze`, called once the libraries are loaded, saves 0.2 s in each call.
    """
    keras.utils.clear_session(free_memory=False)
    gc.collect()


def _start_engine(
    job: Train,
    data: StoredData,
    fold: int,
    precision: Precision,
    programs: Programs,
    callbacks: Sequence[keras.callbacks.Callback],
) -> Engine:
    train, validation = fold_splits(data, job.folds, fold)
    values = (data.summary.value_low, data.summary.value_high)
    _show_augmentation(job, data.train.x, values)
    training = Training(
        job, data.summary.task, train, validation, values, fold, fold_seed(job.seed, fold), precision
    )
    engine = start_engine(training, programs, callbacks)
    checkpoint = job.directory / CHECKPOINT
    if read_fold(checkpoint) == fold:
        engine.restore(checkpoint)
    return engine


def _fitted(job: Train) -> Train:
    """Adapt a job's plan to a length in examples: no augmentation if examples are seen too rarely for it, a
    warm-up with the same share of the training as of the usual epochs, and no early stopping, which would cut
    off the end of the schedule."""
    if job.fidelity is None:
        return job
    changes: dict[str, Any] = {"early_stopping": None}
    if not job.fidelity.is_augmented:
        changes["augmentation"] = ()
    if not isinstance(job.plan.schedule, OneCycle):
        rounds = job.plan.schedule.warmup_epochs / USUAL_EPOCHS * job.first_epochs
        changes["schedule"] = job.plan.schedule.model_copy(update={"warmup_epochs": rounds})
    return job.with_plan(job.plan.model_copy(update=changes))


def _show_augmentation(job: Train, x: NDArray[Any], values: tuple[float, float]) -> None:
    picture = job.directory / PICTURE_FILE
    if job.plan.augmentation and not picture.exists():
        write_picture(picture, x, job.plan.augmentation, value_range=values, seed=job.seed)


def _run_fold(engine: Engine, job: Train, judge: EpochCallback) -> tuple[Outcome, str]:
    """Train one network. A trial keeps the weights of the first fold."""
    outcome, reason = _train(engine, job, judge)
    if outcome in ("complete", "stopped") and engine.progress.fold == 0:
        engine.save_best(job.directory / WEIGHTS)
    return outcome, reason


def _train(engine: Engine, job: Train, judge: EpochCallback) -> tuple[Outcome, str]:
    """Train epochs to the end of the fold; a trial at its end is complete whatever the last verdict is."""
    snapshots = _Snapshots(job.directory / CHECKPOINT)
    while not _is_over(engine, job):
        try:
            report = _run_epoch(engine, job, snapshots)
        except TrainingDivergedError as error:
            return "diverged", str(error)
        verdict = judge(report)
        if report.is_last and report.fold == job.folds - 1:
            break
        if verdict.decision == "stop":
            return "stopped", f"stopped by the search after epoch {engine.epoch}"
        if verdict.decision == "pause":
            engine.snapshot(snapshots.path)
            return "paused", f"paused after epoch {engine.epoch}"
        if report.is_last:
            engine.snapshot(snapshots.path)  # a kill in the next fold resumes at the start of that fold
        else:
            snapshots.take_if_affordable(engine)
        if verdict.fidelity is not None:
            engine.resize(verdict.fidelity)
            job = job.resized(verdict.fidelity)
    return "complete", _out_of_patience(engine, job)


def _run_epoch(engine: Engine, job: Train, snapshots: "_Snapshots") -> EpochReport:
    started = time.monotonic()
    metrics = engine.run_epoch()
    snapshots.training_seconds += time.monotonic() - started
    return EpochReport(
        trial=job.trial,
        fold=engine.progress.fold,
        epoch=engine.epoch,
        is_last=_is_over(engine, job),
        time=time.time(),
        metrics=metrics,
        step_seconds=None if job.measures and engine.epoch == 1 else engine.step_seconds,
    )


def _is_over(engine: Engine, job: Train) -> bool:
    """Return whether a fold has no epochs left, which can also be the case when it is resumed."""
    return engine.epoch >= job.epochs or bool(_out_of_patience(engine, job))


def _out_of_patience(engine: Engine, job: Train) -> str:
    stopping = job.plan.early_stopping
    if stopping is None or engine.progress.epochs_without_gain < stopping.patience:
        return ""
    return f"no better {job.metric} for {stopping.patience} epochs"


@dataclass
class _Snapshots:
    """Limit the time of snapshots to a share of the training time; small networks get one each epoch."""

    path: Path
    training_seconds: float = 0.0
    seconds: float = 0.0
    last: float = 0.0

    def take_if_affordable(self, engine: Engine) -> None:
        if self.seconds + self.last > _SNAPSHOT_SHARE * self.training_seconds:
            return
        started = time.monotonic()
        engine.snapshot(self.path)
        self.last = time.monotonic() - started
        self.seconds += self.last
