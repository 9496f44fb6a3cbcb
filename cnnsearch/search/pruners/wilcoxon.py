"""The pruner for folds: a trial is compared with the best one after each fold."""

from dataclasses import dataclass
from statistics import fmean

from cnnsearch.search.pruners.base import Curve


@dataclass(frozen=True)
class Wilcoxon:
    """End a trial after a fold if it is worse than the best trial over the same folds, by Wilcoxon's
    signed-rank test (1945), one-sided and on pairs, as in Optuna's WilcoxonPruner.

    Ties are split between the signs. A trial whose mean so far is no worse than the best trial's mean over
    all folds continues in any case. At least two folds are compared; with three the p-value cannot
    be below 1/8, so the default threshold stops nothing before the fourth.

    Attributes:
        threshold: The p-value below which a trial ends.
    """

    threshold: float = 0.1

    def reason_to_stop(self, folds: Curve, best: Curve) -> str:
        """Return why a trial should end after its last fold; empty if it should continue.

        Args:
            folds: The trial's best value in each fold so far, larger being better.
            best: The values of the best trial.
        """
        pairs = list(zip(folds, best, strict=False))
        if len(pairs) < 2 or fmean(folds) >= fmean(best):
            return ""
        from scipy.stats import wilcoxon  # takes half a second, needed for folds only

        differences = [mine - its for mine, its in pairs]
        chance = wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue
        if chance >= self.threshold:
            return ""
        return f"worse than the best trial in {len(pairs)} folds (Wilcoxon test: p = {chance:.3f})"
