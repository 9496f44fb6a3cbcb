"""What a model answers to a split, and how good that is."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split

_CHUNK, _BATCH = 4096, 256
_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm


class Evaluation(NamedTuple):
    """What a model reaches on a split; the loss is the cross-entropy in nats."""

    accuracy: float
    loss: float


def answers(model: Any, x: NDArray[Any]) -> NDArray[Any]:
    """The probabilities `(examples, classes)` that a keras.Model gives; `x` may be mapped from a file."""
    starts = range(0, len(x), _CHUNK)  # so that mapped examples are not all read at once
    found = [
        model.predict(np.asarray(x[start : start + _CHUNK]), batch_size=_BATCH, verbose=0) for start in starts
    ]
    return np.concatenate(found)


def evaluate(probabilities: NDArray[Any], split: Split) -> Evaluation:
    """How good answers to a split are."""
    of_truth = probabilities[np.arange(len(split)), split.y]
    accuracy = float(np.mean(probabilities.argmax(axis=1) == split.y))
    return Evaluation(accuracy, float(-np.mean(np.log(np.clip(of_truth, _SMALLEST, 1.0)))))
