"""A trial's progress: its best epoch, and the number of epochs without improvement. Does not import Keras."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from cnnsearch.plan.training_plan import EarlyStopping
from cnnsearch.tasks.metric import Direction
from cnnsearch.training.protocol import MetricValues


@dataclass(frozen=True)
class Objective:
    """The criterion that compares epochs."""

    metric: str
    direction: Direction

    def gain(self, value: float, over: float) -> float:
        """Return the improvement of `value` over `over`; negative if it is worse."""
        return value - over if self.direction == "maximize" else over - value


class Progress(BaseModel):
    """A trial's state after a number of epochs, except for its arrays.

    `mark` is the reference value of early stopping: the last value that exceeded the previous one by
    `min_delta`. All fields except `fold`, which counts from 0, refer to the current fold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fold: int = 0
    epoch: int = 0
    best_epoch: int = 0
    best_metrics: MetricValues = {}
    mark: float | None = None
    epochs_without_gain: int = 0

    def after(
        self,
        metrics: MetricValues,
        objective: Objective,
        stopping: EarlyStopping | None,
        *,
        is_latest_best: bool = False,
    ) -> "Progress":
        """Return the progress after one more epoch with these metrics; of equal epochs the first is the best.

        Args:
            metrics: The metrics of the epoch.
            objective: The criterion that compares epochs.
            stopping: When to end a trial that no longer improves.
            is_latest_best: Whether the epoch replaces the best one in any case, because the earlier epochs
                were measured on other examples.
        """
        value, epoch = metrics[objective.metric], self.epoch + 1
        best = (
            is_latest_best
            or self.best_epoch == 0
            or objective.gain(value, self.best_metrics[objective.metric]) > 0
        )
        min_delta = stopping.min_delta if stopping else 0.0
        gained = self.mark is None or objective.gain(value, self.mark) > min_delta
        return Progress(
            fold=self.fold,
            epoch=epoch,
            best_epoch=epoch if best else self.best_epoch,
            best_metrics=metrics if best else self.best_metrics,
            mark=value if gained else self.mark,
            epochs_without_gain=0 if gained else self.epochs_without_gain + 1,
        )
