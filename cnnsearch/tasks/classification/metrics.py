"""Descriptions of the metrics of classification. measures.py has the formulas of the class-wise ones."""

import math
from collections.abc import Mapping

from cnnsearch.tasks.metric import Metric

ACCURACY = Metric("accuracy", "accuracy", "maximize", "share", 0.0)
BALANCED_ACCURACY = Metric("balanced_accuracy", "balanced accuracy", "maximize", "share", 0.0)
MACRO_F1 = Metric("macro_f1", "macro F1", "maximize", "share", 0.0)
LOSS = Metric("loss", "loss", "minimize", "nats", math.inf)
"""The cross-entropy; unweighted and without label smoothing on validation and test examples."""

METRICS: Mapping[str, Metric] = {
    metric.name: metric for metric in (ACCURACY, BALANCED_ACCURACY, MACRO_F1, LOSS)
}
"""All metrics by name, the main one first."""
