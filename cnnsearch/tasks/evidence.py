"""What a bundle keeps of the predictions on the test split, for a report to draw."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """The champion's predictions on the test split.

    Attributes:
        truth: The targets, as the dataset's task encodes them.
        predictions: `(examples, channels)`.
        worst_x: The examples with the worst predictions, as the dataset holds them.
        worst_truth: Their targets.
        worst_predictions: `(worst, channels)`.
        worst_index: `(worst,)`, positions in the test split.
    """

    truth: NDArray[Any]
    predictions: NDArray[np.float32]
    worst_x: NDArray[Any]
    worst_truth: NDArray[Any]
    worst_predictions: NDArray[np.float32]
    worst_index: NDArray[np.int64]
