"""What replays come to: how far below the best, after how long, and how soon among its best."""

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from replay.simulate import Moment, Setting, Strategy
from replay.table import Curve, Table

BUDGETS = (5, 10, 20, 40)
"""Time limits, in trainings to the last epoch of the table's mean trial."""
TRIALS = (10, 20, 40)
SHARES = (0.05, 0.02, 0.01)
"""Of the trials of a half: the best ones, one of which is to be found."""
BLIND = 0.0
"""The accuracy of a search that has nothing to hand over."""


@dataclass(frozen=True)
class Replayed:
    """One replay.

    Attributes:
        regrets: Points below the half's best after each of BUDGETS.
        after_trials: The same, and the time that it took, after each of TRIALS.
        times: Until a trial of each of SHARES was found; infinite where none was.

    Times are in trainings to the last epoch of the mean trial.
    """

    regrets: tuple[float, ...]
    after_trials: tuple[tuple[float, float], ...]
    times: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """Several replays: means, but for the times, which are medians.

    Attributes:
        score: The mean of the regrets, which a choice between rules goes by.
    """

    regrets: tuple[float, ...]
    after_trials: tuple[tuple[float, float], ...]
    times: tuple[float, ...]

    @property
    def score(self) -> float:
        return fmean(self.regrets)


def full_training(setting: Setting) -> float:
    """Seconds of building, tracing and training the table's mean trial to its last epoch."""
    table = setting.table
    return setting.overhead + fmean(curve.epoch_seconds for curve in table.curves) * table.origin.epochs


def orders(table: Table, half: int, count: int) -> list[list[int]]:
    """Random orders of one half of a table's curves: those at its even places (0), or at its odd ones (1)."""
    places = range(half, len(table.curves), 2)
    return [random.Random(seed).sample(places, len(places)) for seed in range(count)]


def replayed(strategy: Strategy, order: Sequence[int], setting: Setting) -> Replayed:
    """Replays one search."""
    moments = strategy.replay(order, setting)
    unit = full_training(setting)
    values = ranked([setting.table.curves[one] for one in order], setting.table.origin.epochs)
    seconds = [moment.seconds for moment in moments]
    regrets = []
    for budget in BUDGETS:
        count = bisect_right(seconds, budget * unit / setting.workers)
        regrets.append(points(values[0], moments[count - 1].chosen if count else BLIND))
    ends = [first_with(moments, trials) for trials in TRIALS]
    return Replayed(
        regrets=tuple(regrets),
        after_trials=tuple((points(values[0], end.chosen), end.seconds / unit) for end in ends),
        times=tuple(time_to(moments, values[place(len(values), share)]) / unit for share in SHARES),
    )


def ranked(curves: Sequence[Curve], epochs: int) -> list[float]:
    """The values of the trials that were trained to their end, the best first."""
    return sorted((c.value for c in curves if len(c.validation_accuracy) == epochs), reverse=True)


def points(best: float, chosen: float) -> float:
    """Points of accuracy below the best."""
    return 100 * (best - max(chosen, BLIND))


def first_with(moments: Sequence[Moment], trials: int) -> Moment:
    """The moment at which so many trials had ended, or the last one."""
    return next((moment for moment in moments if moment.ended >= trials), moments[-1])


def place(count: int, share: float) -> int:
    """The place of the last of the best so many, from 0."""
    return max(1, round(count * share)) - 1


def time_to(moments: Sequence[Moment], value: float) -> float:
    """Seconds until a trial at least as good would have been handed over."""
    return next((moment.seconds for moment in moments if moment.chosen >= value), float("inf"))


def measured(replays: Sequence[Replayed]) -> Measured:
    """Means and medians over replays."""
    by_trials = zip(*(replay.after_trials for replay in replays), strict=True)
    return Measured(
        regrets=tuple(fmean(column) for column in zip(*(r.regrets for r in replays), strict=True)),
        after_trials=tuple((fmean(r for r, _ in pairs), fmean(t for _, t in pairs)) for pairs in by_trials),
        times=tuple(median(column) for column in zip(*(r.times for r in replays), strict=True)),
    )
