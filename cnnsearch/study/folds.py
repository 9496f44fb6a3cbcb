"""What the folds of a trial come to together, and whether a dataset can be divided into folds.

Pure functions of curves, which of one fold give its own, and of the dataset's summary.
"""

import math
from collections.abc import Sequence
from itertools import groupby
from statistics import fmean, stdev

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import SettingsError
from cnnsearch.study.objectives import DIRECTIONS
from cnnsearch.study.records import EpochRecord, Result, TrialRecord

EpochCurve = Sequence[EpochRecord]
NAMED = 10
"""Classes that an error message names."""


def check_folds(summary: DatasetSummary, folds: int) -> None:
    """Checks that a dataset's train and validation splits can be divided anew.

    Raises:
        SettingsError: A class has too few examples, or the splits were not made of single examples.
    """
    if folds == 1:
        return
    if summary.grouped_by or summary.split_by == "time":
        kept = " and ".join(summary.grouped_by) or "time"
        raise SettingsError(
            f"--folds: found {folds} for data that are split by {kept}; folds are drawn example by example, "
            "which would not keep to that. Leave out --folds, or let single examples be split"
        )
    counts = {label: _examples(summary, label) for label in summary.counts["train"]}
    small = [f"{label!r} has {count}" for label, count in counts.items() if count < folds]
    if small:
        more = [f"and {len(small) - NAMED} more"] if len(small) > NAMED else []
        raise SettingsError(
            f"--folds: found {folds}; expected no more than any class has examples in train and validation: "
            f"{', '.join([*small[:NAMED], *more])}"
        )


def examples_trained(summary: DatasetSummary, folds: int) -> int:
    """How many examples a network is trained on."""
    if folds == 1:
        return summary.num_examples("train")
    return (summary.examples["train"] + summary.examples["validation"]) * (folds - 1) // folds


def by_fold(curve: EpochCurve) -> list[list[EpochRecord]]:
    """The epochs of each fold."""
    return [list(epochs) for _, epochs in groupby(curve, key=lambda epoch: epoch.fold)]


def figures(curve: EpochCurve, objective: str, *, is_whole: bool) -> tuple[int, dict[str, float]]:
    """The epoch at which the mean over the folds is best, the first of equals, and the means at it.

    One number of epochs for all folds: had each its own best one, the mean would be of so many maxima. A fold
    that ended earlier than others counts as at its end; one that was cut short does not count, unless it is
    the only one.

    Args:
        curve: The trial's.
        objective: What the best epoch is chosen by.
        is_whole: Whether the last fold came to its end.

    Returns:
        0 and nothing where no epoch was trained.
    """
    folds = by_fold(curve)
    folds = folds if is_whole or len(folds) < 2 else folds[:-1]
    epochs = range(max(map(len, folds), default=0))
    means = [_mean(folds, epoch) for epoch in epochs]
    if not means:
        return 0, {}
    best = max(epochs, key=lambda epoch: _signed(means[epoch], objective))
    return best + 1, means[best]


def best_of_each(curve: EpochCurve, objective: str) -> list[float]:
    """Each fold's best value, larger being better: what trials are compared by, fold for fold."""
    return [max(_signed(epoch.metrics, objective) for epoch in fold) for fold in by_fold(curve)]


def of_first_fold(record: TrialRecord, objective: str) -> Result:
    """What the weights that a trial leaves have reached: those of its first fold."""
    assert record.result is not None
    best_epoch, metrics = figures(by_fold(record.curve)[0], objective, is_whole=True)
    changes = {"value": metrics[objective], "best_epoch": best_epoch, "metrics": metrics}
    return record.result.model_copy(update=changes)


def fold_standard_error(curve: EpochCurve, objective: str, epoch: int) -> float:
    """Of the mean over the folds after an epoch, from 1: the folds' standard deviation over the root of their
    number."""
    values = [metrics[objective] for metrics in _after(by_fold(curve), epoch - 1)]
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def running_means(curve: EpochCurve, objective: str) -> dict[int, float]:
    """After so many epochs in all folds, the mean over the fold under way and those before it, each after as
    many epochs as it had by then."""
    means: dict[int, float] = {}
    folds, before = by_fold(curve), 0
    for number, fold in enumerate(folds):
        for epoch, record in enumerate(fold):
            if objective in record.metrics:  # what an earlier version recorded may lack it
                reached = _after(folds[: number + 1], epoch)
                means[before + record.epoch] = fmean(metrics[objective] for metrics in reached)
        before += fold[-1].epoch
    return means


def _examples(summary: DatasetSummary, label: str) -> int:
    return sum(summary.counts[part].get(label, 0) for part in ("train", "validation"))


def _after(folds: Sequence[EpochCurve], epoch: int) -> list[dict[str, float]]:
    """The folds' metrics after an epoch, from 0; those at its end of a fold that ended earlier."""
    return [fold[min(epoch, len(fold) - 1)].metrics for fold in folds]


def _mean(folds: Sequence[EpochCurve], epoch: int) -> dict[str, float]:
    """Each metric's mean over the folds after an epoch, from 0."""
    reached = _after(folds, epoch)
    return {name: fmean(metrics[name] for metrics in reached) for name in reached[0]}


def _signed(metrics: dict[str, float], objective: str) -> float:
    return metrics[objective] if DIRECTIONS[objective] == "maximize" else -metrics[objective]
