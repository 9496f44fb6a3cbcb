"""The `Engine` protocol, the only interface between the trial's loop and an engine, and `Training`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cnnsearch.data import Split
from cnnsearch.errors import CnnsearchError
from cnnsearch.tasks.base import Task
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.progress import Progress
from cnnsearch.training.protocol import MetricValues, Precision, Train


class TrainingDivergedError(CnnsearchError):
    """A loss is NaN or infinite; further epochs cannot recover."""


@dataclass(frozen=True, eq=False)
class Training:
    """One training run of a job's network.

    Attributes:
        job: The network, and how to train it.
        task: What the network is for.
        train: The examples to train on.
        validation: The examples to validate on.
        value_range: The smallest and the largest value of the data.
        fold: The number of the job's fold.
        seed: The seed of this fold.
        precision: Keras's dtype policy.
    """

    job: Train
    task: Task
    train: Split
    validation: Split
    value_range: tuple[float, float]
    fold: int
    seed: int
    precision: Precision


class Engine(Protocol):
    """Training of one network, epoch by epoch.

    Every random draw depends on (trial seed, epoch) alone: an engine restored from a snapshot continues the
    same curve, in any process.
    """

    @property
    def epoch(self) -> int:
        """Number of epochs finished."""

    @property
    def progress(self) -> Progress:
        """The best epoch so far, and the number of epochs since."""

    @property
    def step_seconds(self) -> float | None:
        """The mean duration of a training step in the last epoch; None if it was not measured."""

    def run_epoch(self) -> MetricValues:
        """Train one epoch and validate.

        Returns:
            loss (with label smoothing and class weights), the training metrics of the task, validation_loss
            (without smoothing and weights, so that trials are comparable), the task's metrics as
            validation_NAME, and learning_rate at the end of the epoch.

        Raises:
            TrainingDivergedError: A loss is NaN or infinite.
        """

    def resize(self, fidelity: Fidelity) -> None:
        """Change the length of a running training; the fidelity differs in nothing else."""

    def snapshot(self, path: Path) -> None:
        """Write the complete state atomically."""

    def restore(self, path: Path) -> None:
        """Load a state that `snapshot` wrote."""

    def save_best(self, path: Path) -> None:
        """Write the weights of the best epoch atomically."""
