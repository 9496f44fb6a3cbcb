"""What trains a network, as the trial's loop sees it."""

from pathlib import Path
from typing import Protocol

from cnnsearch.errors import CnnsearchError
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.progress import Progress
from cnnsearch.training.protocol import MetricValues


class TrainingDivergedError(CnnsearchError):
    """A loss is no longer a finite number; more epochs cannot bring it back."""


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
            loss (label smoothing and class weights included), accuracy, validation_loss (neither smoothed
            nor weighted, so that trials compare), validation_accuracy, validation_balanced_accuracy and
            validation_macro_f1, over the whole split, and learning_rate, that of the epoch's end.

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
