"""The costs of a candidate: the counts of its network, its training memory and its file size."""

from collections.abc import Mapping

from cnnsearch.architecture.analysis import COUNTS, FLOAT32_BYTES, Analysis
from cnnsearch.plan.training_plan import TrainingPlan

MEMORY = "memory"
"""Name of the training memory in bytes, as a cost and in constraints."""
COSTS = (*COUNTS, MEMORY, "file_size")
SLOTS: Mapping[str, int] = {"adam": 2, "adamw": 2, "sgd": 1, "rmsprop": 1}
"""State variables of each optimizer per weight."""


def costs(analysis: Analysis, plan: TrainingPlan) -> dict[str, int]:
    """Return all costs that a constraint can limit, by name.

    `memory` is the float32 training memory in bytes: the weights, their gradients and the optimizer state,
    and for each example of a batch the outputs of all layers and their gradients; without the memory of the
    framework. `file_size` is the size of the stored weights in bytes.
    """
    weights = FLOAT32_BYTES * analysis.num_weights
    activations = plan.batch_size * analysis.activation_bytes
    memory = weights * (2 + SLOTS[plan.optimizer.type]) + 2 * activations
    return {**analysis.counts, MEMORY: memory, "file_size": weights}
