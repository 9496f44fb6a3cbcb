"""`median`: the median stopping rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from cnnsearch.search.pruners.base import Curve


@dataclass(frozen=True)
class Median:
    """End a trial if its best value so far is below the median of the others at the same epoch (the rule of
    Golovin et al. 2017, Google Vizier, section 3.2.2, with the others' values instead of their means).

    Attributes:
        warmup: Epochs that every trial gets.
        epochs: The most epochs; nothing is stopped there.
        enough: Number of trials that must have reached an epoch for a comparison there.
    """

    warmup: int
    epochs: int
    enough: int = 5

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        epoch = len(curve)
        reached = [other[epoch - 1] for other in others if len(other) >= epoch]
        if epoch < self.warmup or epoch >= self.epochs or len(reached) < self.enough:
            return ""
        if max(curve) >= median(reached):
            return ""
        return f"its best value is below the median of {len(reached)} others after {epoch} epochs"
