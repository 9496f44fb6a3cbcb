"""Rules that cnnsearch does not ship, to compare with those that it does; all are of its kind, `Pruner`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnsearch.search.pruners.asha import Asha
from cnnsearch.search.pruners.base import Curve


@dataclass(frozen=True)
class LatestAsha(Asha):
    """ASHA that compares the last epoch at a rung and not the best one so far."""

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        if len(curve) not in self.rungs():
            return ""
        latest = [[other[len(curve) - 1]] * len(curve) for other in others if len(other) >= len(curve)]
        return super().reason_to_stop(number, [curve[-1]] * len(curve), latest)


@dataclass(frozen=True)
class Pasha:
    """ASHA whose last rung is raised only while the ranking is not stable (Bohdal et al. 2022, PASHA, as a
    rule that stops trials). At the last rung the best one so far alone goes on, to the end.

    The ranking is stable where the trials at the last rung come in the order that they had at the rung
    before, those within `tolerance` of each other there counting as equal.
    """

    first_rung: int
    epochs: int
    reduction: int = 3
    tolerance: float = 0.01

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        asha = Asha(self.first_rung, self.epochs, self.reduction)
        last = self._last_rung(asha.rungs(), [*others, curve])
        if len(curve) < last:
            return asha.reason_to_stop(number, curve, others)
        reached = [max(other[:last]) for other in others if len(other) >= last]
        is_behind = len(curve) == last and max(curve) < max(reached, default=0.0)
        return "not the best at the last rung" if is_behind else ""

    def _last_rung(self, rungs: list[int], curves: Sequence[Curve]) -> int:
        for before, last in pairwise(rungs):
            both = [(max(curve[:last]), max(curve[:before])) for curve in curves if len(curve) >= last]
            if len(both) > 1 and self._is_stable([earlier for _, earlier in sorted(both, reverse=True)]):
                return last
        return self.epochs

    def _is_stable(self, earlier: list[float]) -> bool:
        """Whether what the trials had earlier, in their order now, falls."""
        return all(one >= other - self.tolerance for one, other in pairwise(earlier))


@dataclass(frozen=True)
class Share:
    """After each epoch from the first compared: is the trial among the best so many of all that got to the
    first one, those that ended since with what they had?"""

    first: int
    epochs: int
    parts: int

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        if not self.first <= len(curve) < self.epochs:
            return ""
        known = [max(other[: len(curve)]) for other in others if len(other) >= self.first]
        kept = -(-(len(known) + 1) // self.parts)
        return "not in the share" if sum(value > max(curve) for value in known) >= kept else ""


@dataclass(frozen=True)
class Leader:
    """A trial ends where it is behind the best complete one at the same epoch by more than that had yet to
    gain."""

    first: int
    epochs: int

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        whole = [other for other in others if len(other) == self.epochs]
        if not whole or not self.first <= len(curve) < self.epochs:
            return ""
        leader = max(whole, key=max)
        then, finally_ = max(leader[: len(curve)]), max(leader)
        return "behind the leader" if max(curve) < then - (finally_ - then) else ""


@dataclass(frozen=True)
class OutOfReach:
    """A trial ends where it would not come to the best value known if it went on gaining as in its last
    epochs: curves bend downwards, so that this is more than can be expected.

    Attributes:
        window: The last epochs over which the gain is taken.
    """

    first: int
    epochs: int
    window: int = 3

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        epoch = len(curve)
        if not max(self.first, self.window + 1) <= epoch < self.epochs:
            return ""
        best = max((max(other) for other in others if other), default=0.0)
        gain = (max(curve) - max(curve[: -self.window])) / self.window
        return "out of reach" if max(curve) + gain * (self.epochs - epoch) < best else ""
