"""best/evidence.npz: the champion's predictions on the test split, for the report to draw. No Keras."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.results import TaskResults

MOST_WORST = 24
"""Number of examples with the worst predictions that are kept."""


def evidence(predictions: Predictions, test: Split, results: TaskResults) -> dict[str, NDArray[Any]]:
    """Return the arrays to keep, by name; see `Evidence`.

    Args:
        predictions: The predictions for the test split.
        test: The test split.
        results: What is kept of predictions, and which are the worst.
    """
    kept = results.worst(predictions, np.asarray(test.y))[:MOST_WORST]
    return {
        "truth": np.asarray(test.y),
        "predictions": results.kept(predictions),
        "worst_x": np.asarray(test.x[kept]),
        "worst_truth": np.asarray(test.y)[kept],
        "worst_predictions": predictions[kept].astype(np.float32),
        "worst_index": kept,
    }
