"""Validation of examples in parts, so that the outputs of all of them need not be in memory together."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from cnnsearch.tasks.arrays import Predictions, Targets, parts_of
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import Measured, TaskTraining
from cnnsearch.training.fidelity import Indices

MOST_OUTPUTS = 2**26
"""The largest number of numbers that the outputs of a part have."""


def part_size(examples: int, output_shape: Sequence[int], networks: int = 1) -> int:
    """Return the number of examples in each part; the last part may be smaller.

    Args:
        examples: The number of all examples.
        output_shape: The shape of an example's output.
        networks: The number of networks that are validated together.
    """
    limit = max(1, MOST_OUTPUTS // (math.prod(output_shape) * networks))
    return -(-examples // -(-examples // limit))


def values_in_parts(
    training: TaskTraining, predict: Callable[[Indices], Predictions], y: Targets, size: int
) -> Values:
    """Return the loss and the task's metrics of examples.

    Args:
        training: The task's training.
        predict: Returns the outputs for the examples at some positions.
        y: The targets of all examples.
        size: The number of examples in a part.
    """
    parts = parts_of(len(y), size)
    return joined_values(training, [measured_part(training, predict(part), y, part) for part in parts])


def measured_part(training: TaskTraining, outputs: Predictions, y: Targets, part: Indices) -> Measured:
    """Return what is measured of a part without its repeated examples.

    Args:
        training: The task's training.
        outputs: The outputs for the examples of the part.
        y: The targets of all examples.
        part: The positions of the part.
    """
    own = part[: len(y) - part[0]]
    return training.measured(outputs[: len(own)], y[own])


def joined_values(training: TaskTraining, measured: Sequence[Measured]) -> Values:
    """Return the loss and the metrics of what was measured of the parts."""
    return training.values({name: np.concatenate([each[name] for each in measured]) for name in measured[0]})
