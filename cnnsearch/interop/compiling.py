"""A network and a plan -> its schedule and targets, for training loops that are not this package's own."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.optimizers import learning_rate
from cnnsearch.training.plan import TrainingPlan


def set_schedule(model: keras.Model, plan: TrainingPlan, *, examples: int, epochs: int) -> None:
    """Tells a compiled model's schedule how long an epoch is, where the learning rate changes at all."""
    steps = num_batches(examples, plan.batch_size)
    rate = learning_rate(plan.learning_rate, plan.schedule, steps, epochs)
    if not isinstance(rate, float):
        model.optimizer.learning_rate = rate


def targets(y: NDArray[Any], classes: int, smoothing: float = 0.0) -> NDArray[np.float32]:
    """One-hot targets, `(examples, classes)`, a share of them spread over all classes.

    The loss itself smooths nothing, so that validation's stays comparable.
    """
    one_hot: NDArray[np.float32] = np.eye(classes, dtype=np.float32)[y]
    return one_hot * np.float32(1 - smoothing) + np.float32(smoothing / classes)
