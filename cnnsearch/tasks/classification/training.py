"""Training of classifiers: one-hot targets, cross-entropy, and validation that counts each class."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.base import ClassWeights, Targets, Values
from cnnsearch.tasks.classification.class_counts import ClassCounts
from cnnsearch.tasks.classification.class_weights import WeightedCrossentropy, balanced_weights
from cnnsearch.tasks.classification.measures import balanced_accuracy, macro_f1


class ClassificationTraining:
    """See `TaskTraining`.

    Args:
        classes: The number of classes.
        smoothing: Share of a label's weight that is spread over all classes in training.
        y: The targets that are trained on.
        class_weights: `balanced`: the loss takes targets that are weighted in inverse proportion to the
            classes' examples.
    """

    def __init__(self, classes: int, smoothing: float, y: Targets, class_weights: ClassWeights) -> None:
        self._classes, self._smoothing = classes, smoothing
        self._weights = balanced_weights(y, classes) if class_weights == "balanced" else None

    @property
    def loss(self) -> Any:
        """Cross-entropy."""
        is_weighted = self._weights is not None
        return WeightedCrossentropy() if is_weighted else keras.losses.CategoricalCrossentropy()

    @property
    def metrics(self) -> Sequence[Any]:
        """Accuracy.

        Under mixup and cutmix it is the share of examples whose likeliest class is that of the greatest share
        in their mixed targets, weighted as the classes are.
        """
        return [keras.metrics.CategoricalAccuracy(name="accuracy")]

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """One-hot rows, smoothed here and not by the loss, so that validation's loss stays comparable."""
        targets = one_hot(y, self._classes, self._smoothing)
        if self._weights is not None:
            targets *= self._weights[y, None]
        return targets

    def validation_targets(self, y: Targets) -> NDArray[np.float32]:
        """One-hot rows."""
        return one_hot(y, self._classes)

    def validator(self, model: Any) -> "CountingValidator":
        """The same layers and weights, compiled to count the classes."""
        return CountingValidator(model, self._classes)


class CountingValidator:
    """Measures the unweighted loss, and the classes' figures by counts that the backend makes.

    Counting the classes in training too would cost each step.
    """

    def __init__(self, model: Any, classes: int) -> None:
        self._counts = ClassCounts(classes)
        self._model = keras.Model(model.inputs, model.outputs)
        self._model.compile(
            loss=keras.losses.CategoricalCrossentropy(), metrics=[self._counts], jit_compile=model.jit_compile
        )

    def __call__(self, examples: Any, y: Targets) -> Values:
        """Return loss, accuracy, balanced accuracy and macro F1."""
        found = self._model.evaluate(examples, verbose=0, return_dict=True)
        counts = np.asarray(self._counts.counts.value)
        return {
            "loss": float(found["loss"]),
            "accuracy": float(found["accuracy"]),
            "balanced_accuracy": balanced_accuracy(counts),
            "macro_f1": macro_f1(counts),
        }


def one_hot(y: Targets, classes: int, smoothing: float = 0.0) -> NDArray[np.float32]:
    """Return one-hot targets, `(examples, classes)`, a share of them spread over all classes."""
    rows: NDArray[np.float32] = np.eye(classes, dtype=np.float32)[y]
    return rows * np.float32(1 - smoothing) + np.float32(smoothing / classes)
