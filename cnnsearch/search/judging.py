"""Decisions from a trial's curve: whether to continue it, and its result. The driver records them."""

from collections.abc import Iterable

from cnnsearch.search.pruners import Curve, Pruner, Wilcoxon
from cnnsearch.study.folds import best_of_each, by_fold, figures
from cnnsearch.study.records import Records, TrialRecord, best_first
from cnnsearch.study.settings import Settings


class Judge:
    """Compare the curves of a study.

    Args:
        settings: The objective, and the number of folds.
        records: The trials.
        pruner: Decides after each epoch.
        fold_pruner: Decides after each fold whether to train another; None: every trial trains all folds.
    """

    def __init__(
        self, settings: Settings, records: Records, pruner: Pruner, fold_pruner: Wilcoxon | None
    ) -> None:
        self._settings, self._records = settings, records
        self._pruner, self._fold_pruner = pruner, fold_pruner
        self._at_folds_end: set[int] = set()
        self._curves = {record.number: self._curve(record) for record in records if record.curve}

    def hear(self, record: TrialRecord, *, is_last: bool) -> None:
        """Add a trial's last epoch; `is_last` if it ended a fold."""
        self._curves[record.number] = self._curve(record)
        (self._at_folds_end.add if is_last else self._at_folds_end.discard)(record.number)

    def reason_to_stop(self, record: TrialRecord) -> str:
        """Return the pruners' reason to stop: by epoch in the first fold, then by fold."""
        number, reason = record.number, ""
        if record.curve[-1].fold == 0:
            reason = self._pruned(record)
        ranking = best_first(self._records, self._settings.direction)
        if reason or self._fold_pruner is None or number not in self._at_folds_end or not ranking:
            return reason
        folds, best = (best_of_each(trial.curve, self._settings.objective) for trial in (record, ranking[0]))
        return self._fold_pruner.reason_to_stop(folds, best)

    def _pruned(self, record: TrialRecord) -> str:
        """Return the reason of the pruner.

        Trials of one group have one architecture: among the architectures it is represented by the best of
        them at each epoch, and each of them is also compared within its group.
        """
        number, own = record.number, record.trial.group
        groups: dict[int, dict[int, Curve]] = {}
        for other, curve in self._curves.items():
            groups.setdefault(self._records[other].trial.group, {})[other] = curve
        alike = groups.pop(own)
        mine = alike.pop(number)
        best = _best(len(mine), [mine, *alike.values()])
        others = [_best(max(map(len, group.values())), group.values()) for group in groups.values()]
        reason = self._pruner.reason_to_stop(own, best, others)
        if reason or not alike:
            return reason
        reason = self._pruner.reason_to_stop(own, mine, list(alike.values()))
        return reason and f"among the trials of its architecture: {reason}"

    def figures(self, number: int, *, is_complete: bool = False) -> tuple[int, dict[str, float]]:
        """Return the best epoch of a trial over its folds, and its metrics there; see `folds.figures`."""
        is_whole = is_complete or number in self._at_folds_end
        return figures(self._records[number].curve, self._settings.objective, is_whole=is_whole)

    def _curve(self, record: TrialRecord) -> list[float]:
        """Return the objective by epoch, larger being better; with folds, in the first one."""
        sign = 1.0 if self._settings.direction == "maximize" else -1.0
        first = by_fold(record.curve)[0]
        return [sign * epoch.metrics[self._settings.objective] for epoch in first]


def _best(length: int, curves: Iterable[Curve]) -> Curve:
    """Return the largest value of some curves at each epoch."""
    known = [curve[:length] for curve in curves]
    return [max(curve[epoch] for curve in known if len(curve) > epoch) for epoch in range(length)]
