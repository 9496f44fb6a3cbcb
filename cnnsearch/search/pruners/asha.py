"""`asha`: asynchronous successive halving, the default."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnsearch.search.pruners.base import Curve


@dataclass(frozen=True)
class Asha:
    """Asynchronous successive halving (Li et al. 2020, A system for massively parallel hyperparameter tuning,
    in the variant that stops trials instead of promoting them).

    At each rung a trial continues if it is among the best 1/reduction of those that reached the rung; trials
    are compared by the best of their epochs so far.

    Attributes:
        first_rung: Epochs before the first comparison.
        epochs: The most epochs; nothing is stopped there.
        reduction: Number of trials at a rung per trial at the next one.
    """

    first_rung: int
    epochs: int
    reduction: int = 3

    def rungs(self) -> list[int]:
        """Return the epochs at which trials are compared."""
        rungs, rung = [], self.first_rung
        while rung < self.epochs:
            rungs.append(rung)
            rung *= self.reduction
        return rungs

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        epoch = len(curve)
        if epoch not in self.rungs():
            return ""
        reached = [max(other[:epoch]) for other in others if len(other) >= epoch]
        mine = max(curve)
        kept = -(-(len(reached) + 1) // self.reduction)
        better = sum(value > mine for value in reached)
        if better < kept:
            return ""
        return f"rank {better + 1} of {len(reached) + 1} after {epoch} epochs; the best {kept} continue"
