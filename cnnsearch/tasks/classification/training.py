"""Training of classifiers: one-hot targets, cross-entropy, and validation by counts of each class."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.classification.balance import balanced_weights
from cnnsearch.tasks.classification.class_counts import ClassCounts
from cnnsearch.tasks.classification.class_weights import WeightedCrossentropy
from cnnsearch.tasks.classification.measures import balanced_accuracy, macro_f1
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.training import ClassWeights


class ClassificationTraining:
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

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return one-hot rows, smoothed here instead of in the loss, so that validation losses compare."""
        targets = one_hot(y, self._classes, self._smoothing)
        if self._weights is not None:
            targets *= self._weights[y, None]
        return targets

    def validation_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return one-hot rows."""
        return one_hot(y, self._classes)

    def validator(self, model: Any) -> "CountingValidator":
        """Return a validator with the same layers and weights, compiled to count the classes."""
        return CountingValidator(model, self._classes)


class CountingValidator:
    """Measures the unweighted loss, and the class-wise metrics from counts made in the backend.

    Classes are counted only in validation, since counting would slow each training step.
    """

    def __init__(self, model: Any, classes: int) -> None:
        self._counts = ClassCounts(classes)
        self._model = keras.Model(model.inputs, model.outputs)
        self._model.compile(
            loss=keras.losses.CategoricalCrossentropy(), metrics=[self._counts], jit_compile=model.jit_compile
        )

    def __call__(self, examples: Any, y: Targets) -> Values:
        """Return loss, accuracy, balanced accuracy and macro F1."""
        results = self._model.evaluate(examples, verbose=0, return_dict=True)
        counts = np.asarray(self._counts.counts.value)
        return {
            "loss": float(results["loss"]),
            "accuracy": float(results["accuracy"]),
            "balanced_accuracy": balanced_accuracy(counts),
            "macro_f1": macro_f1(counts),
        }


def one_hot(y: Targets, classes: int, smoothing: float = 0.0) -> NDArray[np.float32]:
    """Return one-hot targets, `(examples, classes)`, with a share spread over all classes."""
    rows: NDArray[np.float32] = np.eye(classes, dtype=np.float32)[y]
    return rows * np.float32(1 - smoothing) + np.float32(smoothing / classes)
