"""What a model answers to a split."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNK, _BATCH = 4096, 256


def answers(model: Any, x: NDArray[Any]) -> NDArray[Any]:
    """The probabilities `(examples, classes)` that a keras.Model gives; `x` may be mapped from a file."""
    starts = range(0, len(x), _CHUNK)  # so that mapped examples are not all read at once
    found = [
        model.predict(np.asarray(x[start : start + _CHUNK]), batch_size=_BATCH, verbose=0) for start in starts
    ]
    return np.concatenate(found)
