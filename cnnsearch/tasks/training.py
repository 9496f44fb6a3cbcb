"""The part of a task that trains: loss, training targets and the values of predictions."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.metric import Values

ClassWeights = Literal["none", "balanced"]
Measured = Mapping[str, NDArray[Any]]
"""What the values of predictions are computed from: arrays by name, whose first axis is the examples. It is
smaller than the outputs of a network, if these are maps."""


class TaskTraining(Protocol):
    """The training of a network for a task. Requires that the Keras backend is set."""

    @property
    def loss(self) -> Any:
        """The keras.losses.Loss of training, for the targets of `training_targets`."""

    @property
    def metrics(self) -> Sequence[Any]:
        """The Keras metrics of the training examples."""

    @property
    def constants(self) -> tuple[float, ...]:
        """The numbers in the loss that depend on the training examples."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return the targets of the loss.

        `(examples, channels)`, smoothed and weighted according to the plan, or `(examples, *spatial)`, the
        classes of the positions.
        """

    def measured(self, predictions: NDArray[Any], y: Targets) -> Measured:
        """Return what `values` needs of a network's outputs for some examples."""

    def values(self, measured: Measured) -> Values:
        """Return `loss`, neither smoothed nor weighted, and the task's metrics.

        Args:
            measured: What was measured of all examples.
        """


class OfOutputs:
    """Base of a training whose values are computed from all outputs together."""

    def measured(self, predictions: NDArray[Any], y: Targets) -> Measured:
        """Return the outputs and the targets."""
        return {"predictions": predictions, "y": np.asarray(y)}


class OfObjects:
    """Base of a training whose loss encodes the targets itself."""

    metrics: Sequence[Any] = ()
    """None: the objects of a batch are too few to be scored."""
    constants: tuple[float, ...] = ()
    """None."""

    def training_targets(self, y: Targets) -> NDArray[Any]:
        """Return the targets unchanged."""
        return np.asarray(y)
