"""The rule for folds: a trial is compared with the best one after each fold."""

from dataclasses import dataclass
from statistics import fmean

from cnnsearch.search.pruners.base import Curve


@dataclass(frozen=True)
class Wilcoxon:
    """After a fold a trial ends where it is worse than the best trial, fold for fold: by Wilcoxon's
    signed-rank test (1945), one-sided and on pairs, as in Optuna's WilcoxonPruner.

    Ties are split between the signs, and a trial whose mean so far is no worse than the best trial's whole
    mean goes on whatever the test says. At least two folds are compared; with three the p-value cannot be
    below 1/8, so that with the default threshold nothing is stopped before the fourth.

    Attributes:
        threshold: Of the p-value, below which a trial ends.
    """

    threshold: float = 0.1

    def reason_to_stop(self, folds: Curve, best: Curve) -> str:
        """Return why a trial should end after its last fold; empty where it goes on.

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
