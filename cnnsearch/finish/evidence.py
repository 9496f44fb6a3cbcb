"""best/evidence.npz: the champion's predictions on the test split, for the report to draw. No Keras."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split
from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.results import TaskResults

MOST_WORST = 24
"""Number of examples with the worst predictions that are kept."""
MOST_BEST = 4
"""Number of examples with the best predictions that are kept for tasks whose predictions are drawn."""


def evidence(
    predictions: Predictions, test: Split, results: TaskResults, *, has_best: bool = False
) -> dict[str, NDArray[Any]]:
    """Return the arrays to keep, by name; see `Evidence`.

    Args:
        predictions: The predictions for the test split.
        test: The test split.
        results: What is kept of predictions, and which are the worst.
        has_best: Whether to keep the examples with the best predictions too, the last ones of `worst`.
    """
    order = results.worst(predictions, np.asarray(test.y))
    best = _examples("best", order[::-1][:MOST_BEST], predictions, test) if has_best else {}
    return {
        "truth": np.asarray(test.y),
        "predictions": results.kept(predictions),
        **_examples("worst", order[:MOST_WORST], predictions, test),
        **best,
    }


def _examples(
    kind: str, chosen: NDArray[np.int64], predictions: Predictions, test: Split
) -> dict[str, NDArray[Any]]:
    return {
        f"{kind}_x": np.asarray(test.x[chosen]),
        f"{kind}_truth": np.asarray(test.y)[chosen],
        f"{kind}_predictions": predictions[chosen],
        f"{kind}_index": chosen,
    }
