"""Descriptions of the metrics of regression, and their formulas in numpy. Each is a mean over columns."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.plan.training_plan import Loss
from cnnsearch.tasks.metric import Metric

MAE = Metric("mae", "mean absolute error", "minimize", "target", math.inf)
RMSE = Metric("rmse", "root mean squared error", "minimize", "target", math.inf)
R2 = Metric("r2", "R²", "maximize", "number", -math.inf)
LOSS = Metric("loss", "loss", "minimize", "number", math.inf)
"""Huber's loss over errors in units of the targets' standard deviation; also where a plan trains with another
loss, so that trials are comparable."""

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (MAE, RMSE, R2, LOSS)}
"""All metrics by name, the main one first."""

DEFAULT: Loss = "huber"
"""Robust against outliers, and smooth at 0."""

Numbers = NDArray[np.floating]


def values(predictions: Numbers, y: Numbers, deviations: Numbers) -> dict[str, float]:
    """Return the loss and every metric of regression.

    Args:
        predictions: `(examples, columns)`.
        y: Likewise, the targets.
        deviations: `(columns,)`, what errors are divided by in the loss.
    """
    errors = np.asarray(predictions, np.float64) - y
    return {
        LOSS.name: float(loss_of(DEFAULT, np.abs(errors) / deviations, np.minimum).mean()),
        MAE.name: float(np.abs(errors).mean()),
        RMSE.name: float(np.sqrt(np.square(errors).mean(axis=0)).mean()),
        R2.name: float(r2_of_columns(errors, y).mean()),
    }


def r2_of_columns(errors: Numbers, y: Numbers) -> Numbers:
    """Return the coefficient of determination of each column; 0 for one that is constant."""
    varies = np.ptp(y, axis=0) > 0  # the mean of equal numbers may differ from them by rounding
    total = np.where(varies, np.square(y - y.mean(axis=0)).sum(axis=0), 1.0)
    return np.where(varies, 1.0 - np.square(errors).sum(axis=0) / total, 0.0)


def loss_of(kind: Loss, errors: Any, minimum: Callable[[Any, float], Any]) -> Any:
    """Return the loss of absolute errors, element by element.

    Args:
        kind: `mse`, `mae`, or `huber` with its bend at 1 (Huber 1964).
        errors: An array or a tensor.
        minimum: The element-wise minimum for it.
    """
    if kind == "mse":
        return errors**2
    if kind == "mae":
        return errors
    near = minimum(errors, 1.0)
    return 0.5 * near**2 + errors - near
