"""Descriptions of the metrics of regression, and their formulas in numpy. Each is a mean over columns."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnsearch.tasks.base import Metric

MAE = Metric("mae", "mean absolute error", "minimize", "target", math.inf)
RMSE = Metric("rmse", "root mean squared error", "minimize", "target", math.inf)
R2 = Metric("r2", "R²", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "share", math.inf)
"""The plan's loss, of errors in units of the targets' standard deviation."""

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (MAE, RMSE, R2, LOSS)}
"""All metrics by name, the main one first."""

Numbers = NDArray[np.floating]


def values(predictions: Numbers, y: Numbers) -> dict[str, float]:
    """Return every metric of regression.

    Args:
        predictions: `(examples, columns)`.
        y: The targets, `(examples, columns)`.
    """
    errors = np.asarray(predictions, np.float64) - y
    return {
        MAE.name: float(np.abs(errors).mean()),
        RMSE.name: float(np.sqrt(np.square(errors).mean(axis=0)).mean()),
        R2.name: float(r2_of_columns(errors, y).mean()),
    }


def r2_of_columns(errors: Numbers, y: Numbers) -> Numbers:
    """Return the coefficient of determination of each column; 0 for a constant one."""
    total = np.square(y - y.mean(axis=0)).sum(axis=0)
    residual = np.square(errors).sum(axis=0)
    return np.where(total > 0, 1.0 - residual / np.where(total > 0, total, 1.0), 0.0)
