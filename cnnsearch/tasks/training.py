"""The part of a task that trains: loss, training targets and validation."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.metric import Values

ClassWeights = Literal["none", "balanced"]


class Validator(Protocol):
    """Evaluates a network on validation examples during training."""

    def __call__(self, examples: Any, y: Targets) -> Values:
        """Return `loss` and the task's metrics.

        Args:
            examples: The input pipeline of examples and validation targets, in order.
            y: The targets of the same examples.
        """


class TaskTraining(Protocol):
    """The training of a network for a task. Requires that the Keras backend is set."""

    @property
    def loss(self) -> Any:
        """The keras.losses.Loss of training, for the targets of `training_targets`."""

    @property
    def metrics(self) -> Sequence[Any]:
        """The Keras metrics of the training examples."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return `(examples, channels)` targets for the loss, smoothed and weighted according to the plan."""

    def validation_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return `(examples, channels)` targets for the validator, neither smoothed nor weighted."""

    def validator(self, model: Any) -> Validator:
        """Return a validator that shares the model's layers and weights."""
