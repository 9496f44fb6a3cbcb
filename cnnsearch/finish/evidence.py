"""best/evidence.npz: the champion's predictions on the test split, for the report to draw. No Keras."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.tasks.arrays import Predictions

MOST_WORST = 24
"""Number of examples with the worst predictions that are kept."""


def evidence(predictions: Predictions, test: Split, worst: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return the arrays to keep, by name; see `Evidence`.

    Args:
        predictions: The predictions for the test split, as a bundle keeps them.
        test: The test split.
        worst: The indices of the worst predictions, worst first.
    """
    kept = worst[:MOST_WORST]
    return {
        "truth": np.asarray(test.y),
        "predictions": predictions,
        "worst_x": np.asarray(test.x[kept]),
        "worst_truth": np.asarray(test.y)[kept],
        "worst_predictions": predictions[kept],
        "worst_index": kept,
    }
