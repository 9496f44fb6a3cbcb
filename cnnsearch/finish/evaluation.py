"""The predictions of a model for a split."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Predictions
from cnnsearch.tasks.base import Task
from cnnsearch.training.input_pipeline import validation_batch_size
from cnnsearch.training.validation import part_size

_CHUNK, _BATCH = 4096, 256


def answers(model: Any, x: NDArray[Any], task: Task) -> Predictions:
    """Return what a task needs of the predictions of a keras.Model; `x` may be memory-mapped."""
    size = min(_CHUNK, part_size(len(x), model.output_shape[1:]))  # neither all examples nor all outputs
    starts = range(0, len(x), size)
    return np.concatenate([task.needed(predicted(model, x[start : start + size])) for start in starts])


def predicted(model: Any, x: NDArray[Any]) -> Predictions:
    """Return the predictions of a keras.Model for a few examples."""
    batch = min(_BATCH, validation_batch_size(len(x), x.shape[1:]))  # few at a time of large examples
    predictions: Predictions = model.predict(np.asarray(x), batch_size=batch, verbose=0)
    return predictions
