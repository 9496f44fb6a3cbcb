"""The `Engine` protocol, which is all that the trial's loop knows of an engine, and what an engine trains."""

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
    """A loss is no longer a finite number; more epochs cannot bring it back."""


@dataclass(frozen=True, eq=False)
class Training:
    """One training of a job's network.

    Attributes:
        job: The network, and how to train it.
        task: What the network is for.
        train: The examples to train on.
        validation: The examples to validate on.
        value_range: The data's smallest and largest value.
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
    """One network in training, epoch by epoch.

    Every random draw follows from (trial seed, epoch): an engine restored from a snapshot, in whatever
    process, goes on with the same curve.
    """

    @property
    def epoch(self) -> int:
        """Epochs finished."""

    @property
    def progress(self) -> Progress:
        """The best epoch so far, and how long ago it was."""

    @property
    def step_seconds(self) -> float | None:
        """The mean of a training step in the last epoch; None where that was not clocked."""

    def run_epoch(self) -> MetricValues:
        """Trains for one epoch and validates.

        Returns:
            loss (label smoothing and class weights included), what the task shows of training,
            validation_loss (neither smoothed nor weighted, so that trials compare), the task's metrics as
            validation_NAME, and learning_rate, that of the epoch's end.

        Raises:
            TrainingDivergedError: A loss is NaN or infinite.
        """

    def resize(self, fidelity: Fidelity) -> None:
        """Changes the length of a training under way; the fidelity differs in nothing else."""

    def snapshot(self, path: Path) -> None:
        """Writes the whole state, at once."""

    def restore(self, path: Path) -> None:
        """Takes over the state that `snapshot` wrote."""

    def save_best(self, path: Path) -> None:
        """Writes the best epoch's weights, at once."""
