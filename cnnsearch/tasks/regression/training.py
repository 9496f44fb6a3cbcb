"""Training of regressors: losses of errors in units of the targets' standard deviation."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from cnnsearch.plan.training_plan import Loss
from cnnsearch.tasks.arrays import Targets
from cnnsearch.tasks.metric import Values
from cnnsearch.tasks.regression import metrics
from cnnsearch.tasks.regression.metrics import DEFAULT, loss_of
from cnnsearch.tasks.training import Measured, OfOutputs


class RegressionTraining(OfOutputs):
    """See `TaskTraining`.

    Args:
        loss: The loss of the plan; `auto`: Huber's.
        deviations: The divisor of the errors of each column.
    """

    def __init__(self, loss: Loss, deviations: Sequence[float]) -> None:
        self._loss: Loss = DEFAULT if loss == "auto" else loss
        self._deviations = tuple(deviations)

    @property
    def loss(self) -> Any:
        """The plan's loss of standardised errors."""
        return StandardizedLoss(self._loss, self._deviations)

    @property
    def metrics(self) -> Sequence[Any]:
        """The mean absolute error, in the targets' unit."""
        return [keras.metrics.MeanAbsoluteError(name="mae")]

    constants: tuple[float, ...] = ()
    """None."""

    def training_targets(self, y: Targets) -> NDArray[np.float32]:
        """Return the numbers unchanged."""
        return np.asarray(y, np.float32)

    def values(self, measured: Measured) -> Values:
        """Score all predictions together, since R² is not a mean over batches."""
        return metrics.values(measured["predictions"], measured["y"], np.asarray(self._deviations))


class StandardizedLoss(keras.losses.Loss):  # type: ignore[misc]
    """A loss of errors in units of the targets' standard deviation.

    Args:
        kind: See `loss_of`.
        deviations: The standard deviation of each column.
    """

    def __init__(self, kind: Loss, deviations: Sequence[float]) -> None:
        super().__init__(name="loss")
        self._kind, self._deviations = kind, tuple(deviations)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return `(batch,)` losses, the mean over columns."""
        errors = ops.abs(y_true - y_pred) / ops.convert_to_tensor(self._deviations, y_pred.dtype)
        return ops.mean(loss_of(self._kind, errors, ops.minimum), axis=-1)
