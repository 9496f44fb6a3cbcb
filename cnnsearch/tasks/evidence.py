"""The predictions on the test split stored in a bundle, for the report."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """The champion's predictions on the test split.

    Attributes:
        truth: The targets, encoded by the dataset's task.
        predictions: What the task keeps of them: `(examples, channels)`, or the classes of maps.
        worst_x: The raw examples with the worst predictions.
        worst_truth: The targets of these examples.
        worst_predictions: The predictions for these examples, `(worst, ..., channels)`.
        worst_index: The indices of these examples in the test split, `(worst,)`.
        best_x, best_truth, best_predictions, best_index: The same for the examples with the best predictions,
            for tasks whose predictions are drawn; None in a bundle without them.
    """

    truth: NDArray[Any]
    predictions: NDArray[Any]
    worst_x: NDArray[Any]
    worst_truth: NDArray[Any]
    worst_predictions: NDArray[Any]
    worst_index: NDArray[np.int64]
    best_x: NDArray[Any] | None = None
    best_truth: NDArray[Any] | None = None
    best_predictions: NDArray[Any] | None = None
    best_index: NDArray[np.int64] | None = None
