"""The predictions of a model for a split."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNK, _BATCH = 4096, 256


def answers(model: Any, x: NDArray[Any]) -> NDArray[Any]:
    """Return the predictions `(examples, channels)` of a keras.Model; `x` may be memory-mapped."""
    starts = range(0, len(x), _CHUNK)  # avoids reading all mapped examples at once
    chunks = [
        model.predict(np.asarray(x[start : start + _CHUNK]), batch_size=_BATCH, verbose=0) for start in starts
    ]
    return np.concatenate(chunks)
