"""`hyperband`: several successive halvings in parallel."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnsearch.search.pruners.asha import Asha
from cnnsearch.search.pruners.base import Curve


@dataclass(frozen=True)
class Hyperband:
    """Successive halvings that begin their comparisons at different rungs (Li et al. 2018); a trial's number
    determines its halving.

    Attributes:
        first_rung: Epochs before the first comparison of the first halving.
        epochs: The most epochs; nothing is stopped there.
        reduction: Number of trials at a rung per trial at the next one.
    """

    first_rung: int
    epochs: int
    reduction: int = 3

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        rungs = Asha(self.first_rung, self.epochs, self.reduction).rungs()
        bracket = number % (len(rungs) + 1)
        if bracket == len(rungs):
            return ""
        return Asha(rungs[bracket], self.epochs, self.reduction).reason_to_stop(number, curve, others)
