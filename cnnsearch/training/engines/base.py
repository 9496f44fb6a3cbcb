"""The `Engine` protocol, the only interface between a job's loop and an engine, and `Training`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from cnnsearch.architecture.network import output_stride
from cnnsearch.data import Split
from cnnsearch.errors import CnnsearchError
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.training import TaskTraining
from cnnsearch.training.engine_use import EngineUse
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.folds import fold_seed
from cnnsearch.training.progress import Progress
from cnnsearch.training.protocol import Member, MetricValues, Precision, Train


class TrainingDivergedError(CnnsearchError):
    """A loss is NaN or infinite; further epochs cannot recover."""


def check_finite(metrics: MetricValues, epoch: int) -> None:
    """Check the metrics of an epoch, counted from 1.

    Raises:
        TrainingDivergedError: One of them is NaN or infinite.
    """
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise TrainingDivergedError(f"{name} was {value} in epoch {epoch}.")


@dataclass(frozen=True, eq=False)
class Training:
    """One fold of a job.

    Attributes:
        job: The members to train, and what they have in common.
        task: What their networks are for.
        train: The examples to train on.
        validation: The examples to validate on.
        value_range: The smallest and the largest value of the data.
        fold: The number of the job's fold.
        precision: Keras's dtype policy.
    """

    job: Train
    task: Task
    train: Split
    validation: Split
    value_range: tuple[float, float]
    fold: int
    precision: Precision

    def task_training(self, member: Member) -> TaskTraining:
        """Return the task's training of a member."""
        stride = output_stride(member.architecture)
        return self.task.training(member.plan, self.train.y, self.job.class_weights, stride)

    def seed_of(self, member: Member) -> int:
        """Return the seed of a member's draws in this fold."""
        return fold_seed(member.seed, self.fold)


class Engine(Protocol):
    """Training of a job's members side by side, epoch by epoch.

    Every random draw of a member depends on (its trial's seed, epoch) alone: a member restored from a
    snapshot continues the same curve, in any process and with any other members.
    """

    def progress(self, trial: int) -> Progress:
        """Return a member's number of epochs, its best epoch so far, and the number of epochs since."""

    def step_seconds(self, trial: int) -> float | None:
        """Return the mean duration of a member's training step in the last epoch; None if not measured."""

    def use(self, trial: int) -> EngineUse:
        """Return what trains a member."""

    def run_epoch(self, trials: Iterable[int]) -> Mapping[int, MetricValues | TrainingDivergedError]:
        """Train members for one epoch each and validate them.

        Returns:
            By trial: loss (with label smoothing and class weights), the training metrics of the task,
            validation_loss (without smoothing and weights, so that trials are comparable), the task's metrics
            as validation_NAME, and learning_rate at the end of the epoch; or an error if a loss is NaN or
            infinite, which does not affect the other members.
        """

    def resize(self, trial: int, fidelity: Fidelity) -> None:
        """Change the length of a member's training; the fidelity differs in nothing else."""

    def leave(self, trial: int) -> None:
        """Free what a member needed, after its last epoch."""

    def snapshot(self, trial: int, file: BinaryIO) -> None:
        """Write a member's complete state."""

    def restore(self, trial: int, path: Path) -> None:
        """Load a state that `snapshot` wrote."""

    def save_best(self, trial: int, file: BinaryIO) -> None:
        """Write the weights of a member's best epoch."""
