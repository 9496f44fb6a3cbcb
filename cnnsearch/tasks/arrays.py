"""The arrays that pass between data, networks and tasks."""

from typing import Any

from numpy.typing import NDArray

Targets = NDArray[Any]
"""The targets of examples, `(examples, ...)`, encoded by their task; see `targets` for their forms."""
Predictions = NDArray[Any]
"""The outputs of a network: `(examples, channels)`, or `(examples, *spatial, channels)`."""
