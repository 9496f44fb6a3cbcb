"""best/evidence.npz: the champion's predictions on the test split, for the report to draw."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVIDENCE = "evidence.npz"


@dataclass(frozen=True, eq=False)
class Evidence:
    """The champion's predictions on the test split.

    Attributes:
        truth: `(examples,)`, class indices.
        probabilities: `(examples, classes)`.
        wrong_x: The most confidently wrong examples, as the dataset holds them.
        wrong_truth: `(wrong,)`, class indices.
        wrong_probabilities: `(wrong, classes)`.
        wrong_index: `(wrong,)`, positions in the test split.
    """

    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    wrong_x: NDArray[Any]
    wrong_truth: NDArray[np.int64]
    wrong_probabilities: NDArray[np.float32]
    wrong_index: NDArray[np.int64]


def read_evidence(bundle: Path) -> Evidence | None:
    """Return the predictions that a bundle keeps; None where it keeps none."""
    file = bundle / EVIDENCE
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return Evidence(**{name: arrays[name] for name in Evidence.__dataclass_fields__})
