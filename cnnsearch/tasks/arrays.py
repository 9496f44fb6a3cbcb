"""The arrays that pass between data, networks and tasks."""

from typing import Any

from numpy.typing import NDArray

Targets = NDArray[Any]
"""The targets of examples, `(examples,)`, `(examples, columns)` or `(examples, *spatial)`, encoded by their
task."""
Predictions = NDArray[Any]
"""The outputs of a network: `(examples, channels)`, or `(examples, *spatial, channels)`."""
