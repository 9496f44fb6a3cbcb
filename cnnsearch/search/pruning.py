"""When a trial is not worth more epochs: pure functions of the curves recorded so far.

A rung is a number of epochs at which a trial is compared with all others that got as far. Because the
rule is ours and looks at records alone, it holds for several workers, for groups and after a resume.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Protocol

from cnnsearch.study.settings import PrunerName

Curve = Sequence[float]
"""The objective after each epoch, larger being better."""


class Pruner(Protocol):
    """Decides whether a trial goes on."""

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        """Why the trial should end after its last epoch; empty where it goes on.

        Args:
            number: The trial's number.
            curve: The trial's curve.
            others: The curves of all other trials, whatever became of them.
        """


@dataclass(frozen=True)
class NoPruning:
    """Every trial gets all its epochs."""

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        return ""


@dataclass(frozen=True)
class Asha:
    """Successive halving without waiting (Li et al. 2020, A system for massively parallel hyperparameter
    tuning, in the variant that stops trials instead of promoting them).

    At each rung a trial goes on if it is among the best 1/reduction of those that reached it, the best of
    a trial being the best of its epochs so far.

    Attributes:
        first_rung: Epochs before the first comparison.
        reduction: How many trials there are at a rung for one at the next.
        epochs: The most epochs; nothing is stopped there.
    """

    first_rung: int
    epochs: int
    reduction: int = 3

    def rungs(self) -> list[int]:
        """The epochs at which trials are compared."""
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
        return f"place {better + 1} of {len(reached) + 1} after {epoch} epochs, where the best {kept} go on"


@dataclass(frozen=True)
class Hyperband:
    """Several halvings side by side that begin their comparisons at different rungs (Li et al. 2018); a
    trial's number says which one it is in."""

    first_rung: int
    epochs: int
    reduction: int = 3

    def reason_to_stop(self, number: int, curve: Curve, others: Sequence[Curve]) -> str:
        rungs = Asha(self.first_rung, self.epochs, self.reduction).rungs()
        bracket = number % (len(rungs) + 1)
        if bracket == len(rungs):
            return ""
        return Asha(rungs[bracket], self.epochs, self.reduction).reason_to_stop(number, curve, others)


@dataclass(frozen=True)
class Median:
    """A trial ends when its best so far is below the median of the others at the same epoch (the rule of
    Golovin et al. 2017, Google Vizier, section 3.2.2, with the others' values in place of their means).

    Attributes:
        warmup: Epochs that every trial gets.
        enough: Trials that have to have got as far before any is compared.
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
        return f"its best is below the median of {len(reached)} others after {epoch} epochs"


@dataclass(frozen=True)
class Wilcoxon:
    """After a fold a trial ends where it is worse than the best trial, fold for fold: by Wilcoxon's
    signed-rank test (1945), one-sided and on pairs, as Optuna's WilcoxonPruner has it.

    Ties are split between the signs, and a trial whose mean so far is no worse than the best trial's whole
    mean goes on whatever the test says. Two folds are the fewest that are compared; with three the test
    cannot come below 1/8, so that at the usual threshold nothing is stopped before the fourth.

    Attributes:
        threshold: Of the probability that folds as bad come about by chance.
    """

    threshold: float = 0.1

    def reason_to_stop(self, folds: Curve, best: Curve) -> str:
        """Why a trial should end after its last fold; empty where it goes on.

        Args:
            folds: The trial's best value in each fold so far, larger being better.
            best: The best trial's.
        """
        pairs = list(zip(folds, best, strict=False))
        if len(pairs) < 2 or fmean(folds) >= fmean(best):
            return ""
        from scipy.stats import wilcoxon  # half a second that only folds need

        differences = [mine - its for mine, its in pairs]
        chance = wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue
        if chance >= self.threshold:
            return ""
        return f"worse than the best trial in {len(pairs)} folds (Wilcoxon test: p = {chance:.3f})"


LAG_STEPS = 40
"""Steps before which a comparison says little of a network with batch normalization: its moving statistics
are those of weights that have changed since, freed of their initial values though they are
(benchmarks/replay/RESULTS.md has how early figures rank with final ones, with and without it)."""
USUAL_BATCH = 128


def first_rung(epochs: int, examples: int) -> int:
    """The default first rung: a ninth of the epochs, but enough of them for batch normalization.

    It rests on replayed searches (benchmarks/replay): with this rung and a reduction of 3 they do better than
    without pruning, and no other rung, reduction or rule does clearly better on all data.

    Args:
        epochs: The most epochs of a trial.
        examples: The training split's.
    """
    enough = -(-LAG_STEPS * USUAL_BATCH // examples)
    return min(epochs, max(2, epochs // 9, enough))


def make_pruner(name: PrunerName, epochs: int, examples: int) -> Pruner:
    """The pruner of a name, with its default rungs for trials of so many epochs on so many examples."""
    first = first_rung(epochs, examples)
    pruners: dict[PrunerName, Pruner] = {
        "asha": Asha(first, epochs),
        "hyperband": Hyperband(first, epochs),
        "median": Median(first, epochs),
        "none": NoPruning(),
    }
    return pruners[name]


def make_fold_pruner(name: PrunerName, folds: int) -> Wilcoxon | None:
    """What decides after each fold; nothing does where there is one, or no trial is to be pruned."""
    return Wilcoxon() if folds > 1 and name != "none" else None
