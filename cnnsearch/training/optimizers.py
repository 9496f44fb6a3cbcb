"""TrainingPlan -> the Keras optimizer and its learning rate, step by step."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from cnnsearch.plan.training_plan import Constant, Cosine, OneCycle, Schedule, TrainingPlan
from cnnsearch.training.fidelity import Fidelity

_CLASSES = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
}


def build_optimizer(plan: TrainingPlan, *, steps_per_epoch: int, epochs: int) -> keras.optimizers.Optimizer:
    """Return the plan's optimizer; its learning rate depends on its own step count, saved in checkpoints.

    Args:
        plan: Its optimizer and schedule are used.
        steps_per_epoch: Batches in an epoch, including the last partial one.
        epochs: The trial's full budget, at the end of which a cosine schedule reaches its minimum.
    """
    fields = plan.optimizer.model_dump(exclude={"type", "learning_rate"})
    off = {name: None for name in ("weight_decay", "clipnorm") if fields[name] == 0}
    if plan.optimizer.type == "adamw":
        off.pop("weight_decay", None)  # Keras's AdamW does not accept None
    rate = learning_rate(plan.learning_rate, plan.schedule, steps_per_epoch, epochs)
    return _CLASSES[plan.optimizer.type](learning_rate=rate, **fields | off)


def learning_rate(peak: float, schedule: Schedule, steps_per_epoch: int, epochs: int) -> Any:
    """Return a number if the learning rate is constant, otherwise a Keras schedule."""
    if is_constant(schedule):
        return peak
    if isinstance(schedule, OneCycle):
        return OneCycleSchedule(peak, schedule, steps_per_epoch * epochs)
    return WarmupSchedule(peak, schedule, steps_per_epoch, epochs)


def stretched_rate(plan: TrainingPlan, fidelity: Fidelity, steps_per_round: int) -> "StretchedSchedule":
    """Return the schedule of a training whose length changed during the run; not for a constant rate."""
    rate = learning_rate(plan.learning_rate, plan.schedule, steps_per_round, fidelity.first_rounds)
    steps = steps_per_round * fidelity.first_rounds
    points = [(done * steps_per_round, share * steps) for done, share in fidelity.progress()]
    return StretchedSchedule(rate, points)


def is_constant(schedule: Schedule) -> bool:
    """Return whether the learning rate never changes."""
    return isinstance(schedule, Constant) and schedule.warmup_epochs == 0


class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A linear warm-up, then constant or half a cosine (Loshchilov and Hutter, 2016, without restarts).

    With w warm-up steps, T steps in total and step t counted from 0, the fraction of the peak is (t + 1) / w
    while that is below 1, then, for cosine, alpha + (1 - alpha) (1 + cos(pi (t - w) / (T - w))) / 2.
    Keras's CosineDecay trains the first warm-up step at rate 0 and rejects a warm-up as long as the trial.
    """

    def __init__(self, peak: float, schedule: Constant | Cosine, steps_per_epoch: int, epochs: int) -> None:
        super().__init__()
        self._peak = peak
        self._warmup_steps = schedule.warmup_epochs * steps_per_epoch
        self._falling_steps = max(epochs * steps_per_epoch - self._warmup_steps, 1.0)
        self._alpha = schedule.alpha if isinstance(schedule, Cosine) else 1.0

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        rise = ops.minimum((step + 1.0) / max(self._warmup_steps, 1.0), 1.0)
        progress = ops.clip((step - self._warmup_steps) / self._falling_steps, 0.0, 1.0)
        fall = self._alpha + (1.0 - self._alpha) * 0.5 * (1.0 + ops.cos(math.pi * progress))
        return self._peak * rise * fall


class OneCycleSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A linear rise and a linear fall (Smith, 2018).

    With T steps in total, w = warmup T and step t counted from 0, the fraction of the peak is the smaller of
    (t + 1) / w and (T - t) / (T - w), so that no step of the trial has rate 0.

    Args:
        peak: The highest learning rate.
        schedule: Its `warmup` is the fraction of steps in which the rate rises.
        steps: Number of steps in the trial.
    """

    def __init__(self, peak: float, schedule: OneCycle, steps: int) -> None:
        super().__init__()
        self._peak, self._steps = peak, float(steps)
        self._warmup_steps = schedule.warmup * steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        rise = (step + 1.0) / max(self._warmup_steps, 1.0)
        fall = (self._steps - step) / max(self._steps - self._warmup_steps, 1.0)
        return self._peak * ops.clip(ops.minimum(rise, fall), 0.0, 1.0)


class StretchedSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A schedule that advances faster or more slowly in parts of a training.

    Args:
        schedule: The original schedule.
        points: Points of a piecewise linear function from training steps to schedule steps; both increase
            from 0.
    """

    def __init__(
        self, schedule: keras.optimizers.schedules.LearningRateSchedule, points: Sequence[tuple[int, float]]
    ) -> None:
        super().__init__()
        self._schedule, self._points = schedule, points

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, counted from 0."""
        step, scheduled = ops.cast(step, "float32"), 0.0
        for (begin, at_begin), (end, at_end) in pairwise(self._points):
            slope = (at_end - at_begin) / (end - begin)
            scheduled += slope * ops.clip(step - begin, 0.0, float(end - begin))
        return self._schedule(scheduled)
