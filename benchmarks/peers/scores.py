"""The splits of a leg, and what a network reaches on them."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnsearch.tasks.classification.training import one_hot

Pair = tuple[np.ndarray, np.ndarray]


class Splits:
    """Examples and class indices of the three splits.

    Args:
        file: An .npz file.
        num_classes: How many classes there are.
    """

    def __init__(self, file: Path, num_classes: int) -> None:
        with np.load(file, allow_pickle=False) as arrays:
            self.train, self.validation, self.test = (
                (arrays[f"x_{part}"], arrays[f"y_{part}"].astype(np.int64))
                for part in ("train", "validation", "test")
            )
        self._classes = num_classes

    @property
    def one_hot_validation(self) -> Pair:
        """The validation split as `fit` takes it."""
        x, y = self.validation
        return x, one_hot(y, self._classes)

    def judged(self, model: keras.Model) -> tuple[float, float]:
        """A network's accuracy on validation and on test."""
        return self.accuracy(model, self.validation), self.accuracy(model, self.test)

    def accuracy(self, model: keras.Model, pair: Pair) -> float:
        """The share of examples whose likeliest class is theirs."""
        x, y = pair
        found: Any = model.evaluate(x, one_hot(y, self._classes), verbose=0, return_dict=True)
        return float(found["accuracy"])
