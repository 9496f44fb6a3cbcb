"""best/evidence.npz: what the champion answered on the test split, for the report to draw. No Keras."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split

MOST_WRONG = 24
"""Examples that are kept, of those that it was most confidently wrong about."""


def evidence(probabilities: NDArray[Any], test: Split) -> dict[str, NDArray[Any]]:
    """The arrays to keep, by name.

    Args:
        probabilities: `(examples, classes)`, of the test split.
        test: The test split.
    """
    confidence, named = probabilities.max(axis=1), probabilities.argmax(axis=1)
    wrong = np.flatnonzero(named != test.y)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_WRONG]
    return {
        "truth": np.asarray(test.y),
        "probabilities": probabilities.astype(np.float32),
        "wrong_x": np.asarray(test.x[worst]),
        "wrong_truth": np.asarray(test.y)[worst],
        "wrong_probabilities": probabilities[worst].astype(np.float32),
        "wrong_index": worst,
    }
