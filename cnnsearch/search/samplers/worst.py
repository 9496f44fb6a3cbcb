"""The values that are reported to the sampler for a diverged trial."""

import math
from collections.abc import Iterable
from statistics import fmean

from cnnsearch.architecture.outputs import Output
from cnnsearch.study.objectives import COSTS, OBJECTIVES
from cnnsearch.study.records import TrialRecord
from cnnsearch.tasks.metric import Metric


class Worst:
    """The worst value of each objective among the trials so far, used as the result of a diverged trial, so
    that samplers that use only complete trials also avoid similar trials.

    For accuracies and F1 the worst value is 0, their lower bound. For a metric without a bound, such as a
    loss, an error or R², it is the worst at the end of any epoch, and no better than that of guessing. For a
    cost it is the largest of any trial, so that a small network that diverges is never on the Pareto front.

    Args:
        objectives: The names of the objectives.
    """

    def __init__(self, objectives: Iterable[str]) -> None:
        self.values = dict.fromkeys(objectives, 0.0)

    def add(self, record: TrialRecord) -> None:
        """Include a trial; a diverged one is included before its own values are read."""
        for name in self.values:
            metric = OBJECTIVES[name]
            if math.isinf(metric.worst):
                worse = max if metric.direction == "minimize" else min
                self.values[name] = worse(self.values[name], *self._candidates(record, metric))

    def _candidates(self, record: TrialRecord, metric: Metric) -> list[float]:
        if metric.name in COSTS:
            return [record.trial.counts.get(COSTS[metric.name], 0.0)]
        reached = [epoch.metrics[metric.name] for epoch in record.curve if metric.name in epoch.metrics]
        return [*_guessed(record, metric), *reached]


def _guessed(record: TrialRecord, metric: Metric) -> list[float]:
    """Return an upper bound of what the best constant prediction reaches, for a metric to minimize.

    The R² of a constant is 0, where `Worst` starts. Its error in the unit of the targets is at most their
    standard deviation; that of a place in the input at most the diagonal.
    """
    if metric.direction == "maximize":
        return [0.0]
    outputs, architecture = record.trial.candidate.outputs, record.trial.candidate.known_architecture
    sizes = architecture.input.shape[:-1] if architecture else ()
    if metric.unit == "pixels":
        return [math.hypot(*sizes)]
    if metric.unit == "target":
        return [fmean(output.scale) for output in outputs]
    return [sum(_loss(output, math.prod(sizes)) for output in outputs)]


def _loss(output: Output, positions: int) -> float:
    """Return the share of an output in the loss of a constant prediction; of a heat map, the focal loss for
    each point if the probability is one in the number of positions."""
    is_heat_map = output.form != "vector" and output.activation == "sigmoid"
    return max(output.guessing_loss, math.log(positions) if is_heat_map else 0.0)
