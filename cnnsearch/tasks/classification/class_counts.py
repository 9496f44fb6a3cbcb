"""Counts the classes while a network is validated, in the backend; measures.py makes figures of them."""

from typing import Any

import keras
from keras import ops


class ClassCounts(keras.metrics.Metric):  # type: ignore[misc]
    """Accuracy, by counting each class: `counts` holds what `class_counts` gives for all examples so far.

    Args:
        classes: How many there are.
    """

    def __init__(self, classes: int) -> None:
        super().__init__(name="accuracy")
        self.counts = self.add_variable((3, classes), keras.initializers.Zeros(), name="counts")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch: `(batch, classes)` one-hot targets and probabilities."""
        chosen = ops.one_hot(ops.argmax(y_pred, axis=-1), y_true.shape[-1], dtype=self.dtype)
        there = ops.cast(y_true, self.dtype)
        batch = ops.stack([ops.sum(there * chosen, axis=0), ops.sum(there, axis=0), ops.sum(chosen, axis=0)])
        self.counts.assign_add(batch)

    def result(self) -> Any:
        """The share of examples whose likeliest class is theirs."""
        found, there, _ = ops.unstack(ops.sum(self.counts, axis=1), 3)
        return ops.divide_no_nan(found, there)
