"""The values that are reported to the sampler for a diverged trial."""

from collections.abc import Iterable

from cnnsearch.study.objectives import COSTS, DIRECTIONS
from cnnsearch.study.records import TrialRecord


class Worst:
    """The worst value of each objective among the trials so far, used as the result of a diverged trial, so
    that samplers that use only complete trials also avoid similar trials.

    For accuracies and F1 the worst value is 0, their lower bound. For a loss it is the largest at the end of
    any epoch, and at least that of guessing. For a cost it is the largest of any trial, so that
    a small network that diverges is never on the Pareto front.

    Args:
        objectives: The names of the objectives.
    """

    def __init__(self, objectives: Iterable[str]) -> None:
        self.values = dict.fromkeys(objectives, 0.0)

    def add(self, record: TrialRecord) -> None:
        """Include a trial; a diverged one is included before its own values are read."""
        for name in self.values:
            if DIRECTIONS[name] == "minimize":
                self.values[name] = max(self.values[name], *self._candidates(record, name))

    def _candidates(self, record: TrialRecord, name: str) -> list[float]:
        if name in COSTS:
            return [record.trial.counts.get(COSTS[name], 0.0)]
        losses = [epoch.metrics[name] for epoch in record.curve if name in epoch.metrics]
        return [*(output.guessing_loss for output in record.trial.candidate.outputs), *losses]
