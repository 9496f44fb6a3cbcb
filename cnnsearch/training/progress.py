"""How far a trial has come: its best epoch, and how long it has not improved. No Keras."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from cnnsearch.plan.training_plan import EarlyStopping
from cnnsearch.tasks.base import Direction
from cnnsearch.training.protocol import MetricValues


@dataclass(frozen=True)
class Objective:
    """What makes one epoch better than another."""

    metric: str
    direction: Direction

    def gain(self, value: float, over: float) -> float:
        """By how much `value` is better; negative where it is worse."""
        return value - over if self.direction == "maximize" else over - value


class Progress(BaseModel):
    """A trial after a number of epochs; the part of its state that is not arrays.

    `mark` is the value that early stopping counts from: the best one that beat its forerunner by `min_delta`.
    All but `fold`, which counts from 0, is of the fold under way.
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
        """The progress when one more epoch gave these metrics; of equal epochs the first is the best.

        Args:
            metrics: Of the epoch.
            objective: What makes one epoch better than another.
            stopping: When a trial ends that no longer improves.
            is_latest_best: Whether the epoch stands for the trial whatever those before it reached, since
                they were measured on other examples.
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
