"""The arrays that pass between data, networks and tasks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Targets = NDArray[Any]
"""The targets of examples, `(examples, ...)`, encoded by their task; see `targets` for their forms."""
Predictions = NDArray[Any]
"""The outputs of a network: `(examples, channels)`, or `(examples, *spatial, channels)`."""


def parts_of(examples: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of each part; all parts have `size`, with repeated positions at the end."""
    for start in range(0, examples, size):
        yield np.arange(start, start + size) % examples
