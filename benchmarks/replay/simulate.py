"""A search on a simulated clock: trials in an order, some workers, and a rule asked after each epoch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Literal, Protocol

from cnnsearch.search.pruners import Pruner
from replay.table import Curve, Table

Signal = Literal["accuracy", "loss"]

NONE_YET = -1.0
"""The accuracy of no trial."""


@dataclass(frozen=True)
class Setting:
    """Where a search is replayed.

    Attributes:
        table: The recorded trials.
        workers: How many trials are under way at once.
        overhead: Seconds of building and tracing, before each trial's first epoch.
    """

    table: Table
    workers: int = 1
    overhead: float = 0.7


@dataclass(frozen=True)
class Moment:
    """The end of an epoch.

    Attributes:
        seconds: Since the search began.
        chosen: The accuracy of the trial that the search would hand over; below 0 where there is none.
        ended: Trials that had ended by then.
    """

    seconds: float
    chosen: float
    ended: int


class Strategy(Protocol):
    """A way to spend a search's time."""

    def replay(self, order: Sequence[int], setting: Setting) -> list[Moment]:
        """What a search comes to, epoch by epoch; `order` has the places of the table's curves."""


@dataclass(frozen=True)
class Rule:
    """Each trial is trained until it is stopped.

    Attributes:
        pruner: Asked after each epoch; what it stops cannot be chosen any more, as in cnnsearch.
        signal: The figure on the validation split that the pruner is shown.
        patience: Epochs without a better accuracy after which a trial is complete; None for no such limit.
    """

    pruner: Pruner
    signal: Signal = "accuracy"
    patience: int | None = None

    def replay(self, order: Sequence[int], setting: Setting) -> list[Moment]:
        """What a search comes to, epoch by epoch; `order` has the places of the table's curves."""
        return _Search(self, [setting.table.curves[place] for place in order], setting).run()

    def completes(self, curve: Curve, epochs: int, most: int) -> bool:
        """Whether a trial that nothing has stopped is complete after so many epochs."""
        if epochs == most or self.patience is None:
            return epochs == most
        seen = curve.validation_accuracy[:epochs]
        return epochs - 1 - seen.index(max(seen)) >= self.patience


@dataclass
class _Search:
    rule: Rule
    drawn: Sequence[Curve]
    setting: Setting
    shown: list[list[float]] = field(default_factory=list)
    clock: list[tuple[float, int]] = field(default_factory=list)
    running: dict[int, float] = field(default_factory=dict)
    best: float = NONE_YET
    ended: int = 0

    def run(self) -> list[Moment]:
        for _ in range(self.setting.workers):
            self._begin(0.0)
        moments = []
        while self.clock:
            now, number = heappop(self.clock)
            self._train(now, number)
            moments.append(Moment(now, max(self.best, *self.running.values(), NONE_YET), self.ended))
        return moments

    def _begin(self, now: float) -> None:
        """Gives a worker the next trial, if there is one."""
        number = len(self.shown)
        if number < len(self.drawn):
            self.shown.append([])
            self.running[number] = NONE_YET
            heappush(self.clock, (now + self.setting.overhead + self.drawn[number].epoch_seconds, number))

    def _train(self, now: float, number: int) -> None:
        """An epoch of a trial, which ended just now."""
        curve, shown = self.drawn[number], self.shown[number]
        accuracy, loss = curve.validation_accuracy[len(shown)], curve.validation_loss[len(shown)]
        shown.append(accuracy if self.rule.signal == "accuracy" else -loss)
        self.running[number] = max(self.running[number], accuracy)
        others = self.shown[:number] + self.shown[number + 1 :]
        is_stopped = bool(self.rule.pruner.reason_to_stop(number, shown, others))
        is_complete = not is_stopped and self.rule.completes(
            curve, len(shown), self.setting.table.origin.epochs
        )
        if is_stopped or is_complete or len(shown) == len(curve.validation_accuracy):
            self._end(now, number, is_complete=is_complete)
        else:
            heappush(self.clock, (now + curve.epoch_seconds, number))

    def _end(self, now: float, number: int, *, is_complete: bool) -> None:
        reached = self.running.pop(number)
        if is_complete:
            self.best = max(self.best, reached)
        self.ended += 1
        self._begin(now)


@dataclass(frozen=True)
class Batches:
    """A batch of trials gets a few epochs, the best of it the rest, then comes the next batch.

    Attributes:
        size: Trials in a batch.
        keep: Those of them that are trained in full; each is built and traced a second time.
        epochs: What every trial gets.
    """

    size: int
    keep: int
    epochs: int = 1

    def replay(self, order: Sequence[int], setting: Setting) -> list[Moment]:
        """What a search comes to, epoch by epoch; whatever was seen can be chosen."""
        drawn = [setting.table.curves[place] for place in order]
        most, now = setting.table.origin.epochs, 0.0
        ends: list[tuple[float, float, bool]] = []
        for start in range(0, len(drawn), self.size):
            batch = drawn[start : start + self.size]
            ranked = sorted(batch, key=lambda curve: -max(curve.validation_accuracy[: self.epochs]))
            best, rest = ranked[: self.keep], ranked[self.keep :]
            now = _train_all(batch, range(self.epochs), now, setting, ends, ending=rest)
            now = _train_all(best, range(self.epochs, most), now, setting, ends, ending=best)
        return _moments(sorted(ends))


def _train_all(
    curves: Sequence[Curve],
    epochs: range,
    now: float,
    setting: Setting,
    ends: list[tuple[float, float, bool]],
    ending: Sequence[Curve],
) -> float:
    """Adds the end of each epoch, its accuracy and whether the trial ends with it; when all are trained."""
    free = [now] * setting.workers
    for curve in curves:
        time = heappop(free) + setting.overhead
        accuracies = curve.validation_accuracy[epochs.start : epochs.stop]
        for place, accuracy in enumerate(accuracies, start=1):
            time += curve.epoch_seconds
            ends.append((time, accuracy, place == len(accuracies) and curve in ending))
        heappush(free, time)
    return max(free)


def _moments(ends: Sequence[tuple[float, float, bool]]) -> list[Moment]:
    chosen, ended, moments = NONE_YET, 0, []
    for seconds, accuracy, is_end in ends:
        chosen, ended = max(chosen, accuracy), ended + is_end
        moments.append(Moment(seconds, chosen, ended))
    return moments
