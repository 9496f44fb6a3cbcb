"""What a candidate costs: its network's counts, and what follows from them with its training plan."""

from collections.abc import Mapping

from cnnsearch.architecture.analysis import COUNTS, FLOAT32_BYTES, Analysis
from cnnsearch.plan.training_plan import TrainingPlan

MEMORY = "memory"
"""The cost, and the limit, of the bytes that training needs."""
COSTS = (*COUNTS, MEMORY, "file_size")
SLOTS: Mapping[str, int] = {"adam": 2, "adamw": 2, "sgd": 1, "rmsprop": 1}
"""Numbers that an optimizer keeps for each weight."""


def costs(analysis: Analysis, plan: TrainingPlan) -> dict[str, int]:
    """Every cost that a constraint can bound, by its name.

    `memory` is what training takes in float32, in bytes: for each weight itself, its gradient and what the
    optimizer keeps; for each example of a batch all layers' outputs and their gradients. The framework's own
    memory comes on top. `file_size` is that of the weights in a file, in bytes.
    """
    weights = FLOAT32_BYTES * analysis.num_weights
    activations = plan.batch_size * analysis.activation_bytes
    memory = weights * (2 + SLOTS[plan.optimizer.type]) + 2 * activations
    return {**analysis.counts, MEMORY: memory, "file_size": weights}
