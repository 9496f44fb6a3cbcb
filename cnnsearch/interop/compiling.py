"""The learning rate schedule of a plan, for training loops outside this package."""

import keras

from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.training.input_pipeline import num_batches
from cnnsearch.training.optimizers import learning_rate


def set_schedule(model: keras.Model, plan: TrainingPlan, *, examples: int, epochs: int) -> None:
    """Set the schedule of a compiled model for a length of an epoch; a constant rate is left as it is."""
    steps = num_batches(examples, plan.batch_size)
    rate = learning_rate(plan.learning_rate, plan.schedule, steps, epochs)
    if not isinstance(rate, float):
        model.optimizer.learning_rate = rate
