"""Training of classifiers: one-hot targets and cross-entropy."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.classification.balance import balanced_weights
from cnnsearch.tasks.classification.class_weights import WeightedCrossentropy
from cnnsearch.tasks.classification.measures import values
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import ClassWeights, Measured, OfOutputs


class ClassificationTraining(OfOutputs):
    """See `TaskTraining`.

    Args:
        classes: The number of classes.
        smoothing: The share of each target that is spread over all classes in training.
        y: The training targets.
        class_weights: `balanced`: weights the training targets inversely to the number of examples of their
            class.
    """

    def __init__(self, classes: int, smoothing: float, y: Targets, class_weights: ClassWeights) -> None:
        self._classes, self._smoothing = classes, smoothing
        self._weights = None
        if class_weights == "balanced":
            self._weights = balanced_weights(np.bincount(y, minlength=classes)).astype(np.float32)

    @property
    def loss(self) -> Any:
        """Cross-entropy."""
        is_weighted = self._weights is not None
        return WeightedCrossentropy() if is_weighted else keras.losses.CategoricalCrossentropy()

    @property
    def metrics(self) -> Sequence[Any]:
        """Accuracy.

        With mixup and cutmix it is the share of examples whose most probable class has the largest share in
        the mixed, weighted target.
        """
        return [keras.metrics.CategoricalAccuracy(name="accuracy")]

    constants: tuple[float, ...] = ()
    """None."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return one-hot rows, smoothed here instead of in the loss, so that validation losses compare."""
        targets = one_hot(y, self._classes, self._smoothing)
        if self._weights is not None:
            targets *= self._weights[y, None]
        return targets

    def values(self, measured: Measured) -> Values:
        """Return the cross-entropy and the metrics of classification."""
        return values(measured["predictions"], measured["y"])


def one_hot(y: Targets, classes: int, smoothing: float = 0.0) -> NDArray[np.float32]:
    """Return one-hot targets, `(examples, classes)`, with a share spread over all classes."""
    rows: NDArray[np.float32] = np.eye(classes, dtype=np.float32)[y]
    return rows * np.float32(1 - smoothing) + np.float32(smoothing / classes)
