"""Counting of classes in the backend during validation; measures.py computes metrics from the counts."""

from typing import Any

import keras
from keras import ops


class ClassCounts(keras.metrics.Metric):  # type: ignore[misc]
    """Accuracy computed from counts of each class; `counts` equals `class_counts` of the examples so far.

    Args:
        classes: The number of classes.
    """

    def __init__(self, classes: int) -> None:
        super().__init__(name="accuracy")
        self.counts = self.add_variable((3, classes), keras.initializers.Zeros(), name="counts")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch of one-hot targets and probabilities, each `(batch, classes)`."""
        chosen = ops.one_hot(ops.argmax(y_pred, axis=-1), y_true.shape[-1], dtype=self.dtype)
        truth = ops.cast(y_true, self.dtype)
        batch = ops.stack([ops.sum(truth * chosen, axis=0), ops.sum(truth, axis=0), ops.sum(chosen, axis=0)])
        self.counts.assign_add(batch)

    def result(self) -> Any:
        """Return the share of examples whose most probable class is correct."""
        correct, total, _ = ops.unstack(ops.sum(self.counts, axis=1), 3)
        return ops.divide_no_nan(correct, total)
