"""The predictions of a model for a split."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.training.input_pipeline import validation_batch_size

_CHUNK, _BATCH = 4096, 256


def answers(model: Any, x: NDArray[Any]) -> NDArray[Any]:
    """Return the predictions `(examples, channels)` of a keras.Model; `x` may be memory-mapped."""
    size = min(_BATCH, validation_batch_size(len(x), x.shape[1:]))  # few at a time of large examples
    starts = range(0, len(x), _CHUNK)  # avoids reading all mapped examples at once
    chunks = [
        model.predict(np.asarray(x[start : start + _CHUNK]), batch_size=size, verbose=0) for start in starts
    ]
    return np.concatenate(chunks)
