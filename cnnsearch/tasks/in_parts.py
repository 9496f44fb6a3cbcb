"""Functions of Keras on many examples, a part of them at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import parts_of

_ELEMENTS = 2**22  # numbers of the largest array in a part


def in_parts(function: Callable[..., Any], *arrays: NDArray[Any], numbers: int = 1) -> NDArray[Any]:
    """Return a function of examples, `(examples, ...)`, for arrays with the same examples.

    All parts have the same size, so that a program compiled for it serves all; examples are repeated at the
    end.

    Args:
        function: Called with some examples of each array.
        arrays: The arrays.
        numbers: The size of an array that the function makes of one example, if it is larger than those.
    """
    count = len(arrays[0])
    size = min(count, max(1, _ELEMENTS // max(numbers, *(array[0].size for array in arrays))))
    found = []
    for chosen in parts_of(count, size):
        part = (ops.convert_to_tensor(array[chosen]) for array in arrays)
        found.append(ops.convert_to_numpy(function(*part)))
    joined: NDArray[Any] = np.concatenate(found)[:count]
    return joined
