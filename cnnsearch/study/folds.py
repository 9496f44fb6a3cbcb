"""The combined scores of a trial's folds, and the check whether a dataset can be divided into folds.

Pure functions of curves, which also hold for a single fold, and of the dataset's summary.
"""

import math
from collections.abc import Sequence
from itertools import groupby
from statistics import fmean, stdev

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import SettingsError
from cnnsearch.study.objectives import DIRECTIONS
from cnnsearch.study.records import EpochRecord, Result, TrialRecord
from cnnsearch.tasks.shortage import shortage

EpochCurve = Sequence[EpochRecord]


def check_folds(summary: DatasetSummary, folds: int) -> None:
    """Check that a dataset's train and validation splits can be divided into folds.

    Raises:
        SettingsError: There are too few examples, of a class or tag or in all, or the splits do not assign
            examples one by one.
    """
    if folds == 1:
        return
    if summary.grouped_by or summary.split_by == "time":
        kept = " and ".join(summary.grouped_by) or "time"
        raise SettingsError(
            f"--folds: found {folds} for data that are split by {kept}; folds assign examples one by one and "
            "cannot preserve such a split. Remove --folds, or use a split of single examples"
        )
    total = _searched(summary)
    if total < folds:
        raise SettingsError(
            f"--folds: found {folds}; expected at most the {total} train and validation examples"
        )
    counts = {label: _examples(summary, label) for label in summary.counts["train"]}
    if small := shortage(counts, folds):
        raise SettingsError(
            f"--folds: found {folds}; expected at most the train and validation examples of each "
            f"{summary.task.noun}: {small}"
        )


def examples_trained(summary: DatasetSummary, folds: int) -> int:
    """Return the number of examples that a network is trained on."""
    if folds == 1:
        return summary.num_examples("train")
    return _searched(summary) * (folds - 1) // folds


def _searched(summary: DatasetSummary) -> int:
    """Return the number of examples outside of the test split."""
    return summary.num_examples("train") + summary.num_examples("validation")


def by_fold(curve: EpochCurve) -> list[list[EpochRecord]]:
    """Return the epochs of each fold."""
    return [list(epochs) for _, epochs in groupby(curve, key=lambda epoch: epoch.fold)]


def figures(curve: EpochCurve, objective: str, *, is_whole: bool) -> tuple[int, dict[str, float]]:
    """Return the epoch with the best mean over the folds, the first of equals, and the mean metrics there.

    The number of epochs is the same for all folds: the mean of each fold's best epoch would be a mean of
    maxima. A fold that ended earlier than others counts with its last epoch; a fold that was cut off does not
    count, unless it is the only one.

    Args:
        curve: The trial's curve.
        objective: The criterion of the best epoch.
        is_whole: Whether the last fold was trained to its end.

    Returns:
        0 and no metrics if no epoch was trained.
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
    """Return each fold's best value, larger being better, for comparisons of trials by fold."""
    return [max(_signed(epoch.metrics, objective) for epoch in fold) for fold in by_fold(curve)]


def of_first_fold(record: TrialRecord, objective: str) -> Result:
    """Return the result of the weights that a trial keeps: those of its first fold."""
    assert record.result is not None
    best_epoch, metrics = figures(by_fold(record.curve)[0], objective, is_whole=True)
    changes = {"value": metrics[objective], "best_epoch": best_epoch, "metrics": metrics}
    return record.result.model_copy(update=changes)


def fold_standard_error(curve: EpochCurve, objective: str, epoch: int) -> float:
    """Return the standard error of the mean over the folds after an epoch, counted from 1: the standard
    deviation of the folds divided by the square root of their number."""
    values = [metrics[objective] for metrics in _after(by_fold(curve), epoch - 1)]
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def running_means(curve: EpochCurve, objective: str) -> dict[int, float]:
    """Return running means over folds by the total number of epochs: the mean over the current fold and the
    earlier ones, each after the same number of epochs."""
    means: dict[int, float] = {}
    folds, before = by_fold(curve), 0
    for number, fold in enumerate(folds):
        for epoch, record in enumerate(fold):
            if objective in record.metrics:  # records of another study may lack it
                reached = _after(folds[: number + 1], epoch)
                means[before + record.epoch] = fmean(metrics[objective] for metrics in reached)
        before += fold[-1].epoch
    return means


def _examples(summary: DatasetSummary, label: str) -> int:
    return sum(summary.counts[part].get(label, 0) for part in ("train", "validation"))


def _after(folds: Sequence[EpochCurve], epoch: int) -> list[dict[str, float]]:
    """Return the folds' metrics after an epoch, counted from 0; a fold that ended earlier gives its last."""
    return [fold[min(epoch, len(fold) - 1)].metrics for fold in folds]


def _mean(folds: Sequence[EpochCurve], epoch: int) -> dict[str, float]:
    """Return the mean of each metric over the folds after an epoch, counted from 0."""
    reached = _after(folds, epoch)
    return {name: fmean(metrics[name] for metrics in reached) for name in reached[0]}


def _signed(metrics: dict[str, float], objective: str) -> float:
    return metrics[objective] if DIRECTIONS[objective] == "maximize" else -metrics[objective]
