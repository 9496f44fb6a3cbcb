"""One job -> one result: builds the network, trains it epoch by epoch, and obeys the verdicts."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from cnnsearch.architecture import Architecture
from cnnsearch.data import open_stored
from cnnsearch.models.build import build_model
from cnnsearch.training.augmentation.kinds import PICTURE_FILE
from cnnsearch.training.augmentation.picture import write_picture
from cnnsearch.training.engine import Engine, TrainingDivergedError
from cnnsearch.training.keras_engine import KerasEngine
from cnnsearch.training.plan import EarlyStopping
from cnnsearch.training.progress import Objective
from cnnsearch.training.protocol import Decision, EpochReport, Outcome, Precision, Result, Train

Judge = Callable[[EpochReport], Decision]

CHECKPOINT = "checkpoint.npz"
WEIGHTS = "weights.npz"

# Snapshots may take this share of the time that training takes.
_SNAPSHOT_SHARE = 0.1


def run_trial(job: Train, precision: Precision, judge: Judge) -> Result:
    """Trains a job's network until its epochs are spent or something ends it earlier.

    Args:
        job: What to train; a checkpoint in its directory is continued.
        precision: Used where the job names none.
        judge: Told each epoch, answers whether to go on. A finished epoch is told before it is snapshot, so
            what a checkpoint holds has been heard of.
    """
    started = time.monotonic()
    engine = _start_engine(job, job.precision or precision)
    outcome, reason = _train(engine, job, judge)
    if outcome in ("complete", "stopped"):
        engine.save_best(job.directory / WEIGHTS)
    if outcome != "paused":
        (job.directory / CHECKPOINT).unlink(missing_ok=True)
    return Result(
        trial=job.trial,
        outcome=outcome,
        epochs=engine.epoch,
        best_epoch=engine.progress.best_epoch,
        metrics=engine.progress.best_metrics,
        reason=reason,
        seconds=time.monotonic() - started,
    )


def forget_models() -> None:
    """Frees what Keras keeps of networks that are done with.

    A process that calls `gc.freeze` once its libraries are loaded spares itself 0.2 s here, each time.
    """
    keras.utils.clear_session(free_memory=False)
    gc.collect()


def _start_engine(job: Train, precision: Precision) -> Engine:
    data = open_stored(job.data)
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(job.seed)  # the initial weights' draw
    model = build_model(Architecture.model_validate(job.architecture))
    values = (data.summary.value_low, data.summary.value_high)
    _show_augmentation(job, data.train.x, values)
    engine = KerasEngine(
        model,
        job.plan,
        data.train,
        data.validation,
        epochs=job.epochs,
        seed=job.seed,
        objective=Objective(job.metric, job.direction),
        value_range=values,
    )
    checkpoint = job.directory / CHECKPOINT
    if checkpoint.exists():
        engine.restore(checkpoint)
    return engine


def _show_augmentation(job: Train, x: NDArray[Any], values: tuple[float, float]) -> None:
    picture = job.directory / PICTURE_FILE
    if job.plan.augmentation and not picture.exists():
        write_picture(picture, x, job.plan.augmentation, value_range=values, seed=job.seed)


def _train(engine: Engine, job: Train, judge: Judge) -> tuple[Outcome, str]:
    """Runs epochs to the end; a trial that is at its end is complete, whatever the last verdict says."""
    snapshots = _Snapshots(job.directory / CHECKPOINT)
    while engine.epoch < job.epochs:
        try:
            report = _run_epoch(engine, job.trial, snapshots)
        except TrainingDivergedError as error:
            return "diverged", str(error)
        decision = judge(report)
        if reason := _out_of_patience(engine, job.plan.early_stopping, job.metric):
            return "complete", reason
        if engine.epoch == job.epochs:
            break
        if decision == "stop":
            return "stopped", f"stopped by the search after epoch {engine.epoch}"
        if decision == "pause":
            engine.snapshot(snapshots.path)
            return "paused", f"paused after epoch {engine.epoch}"
        snapshots.take_if_affordable(engine)
    return "complete", ""


def _run_epoch(engine: Engine, trial: int, snapshots: "_Snapshots") -> EpochReport:
    started = time.monotonic()
    metrics = engine.run_epoch()
    snapshots.training_seconds += time.monotonic() - started
    return EpochReport(trial=trial, epoch=engine.epoch, time=time.time(), metrics=metrics)


def _out_of_patience(engine: Engine, stopping: EarlyStopping | None, metric: str) -> str:
    if stopping is None or engine.progress.epochs_without_gain < stopping.patience:
        return ""
    return f"no better {metric} for {stopping.patience} epochs"


@dataclass
class _Snapshots:
    """Keeps the time that snapshots take to a share of training's; small networks get one each epoch."""

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
