"""The trainings under way in words: the progress, the last metrics and the expected end of each."""

import time
from collections.abc import Callable, Iterable, Sequence

from cnnsearch.search.finish_plan import most_epochs
from cnnsearch.study.events import FinalistChanged, Happening, Note, Tick, TrialChanged
from cnnsearch.study.finalists import Retraining
from cnnsearch.study.log import finalist_name
from cnnsearch.study.objectives import brief_value
from cnnsearch.study.records import EpochRecord, TrialRecord, TrialState
from cnnsearch.study.settings import Settings

SILENCE = 25.0
"""Seconds without a line about a training after which one is written."""

Training = TrialRecord | Retraining


class UnderWay:
    """The trials and retrainings that are being trained; a watcher.

    Args:
        settings: The settings of the study.
        running: Trials that were running before.
        now: The clock, in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        running: Iterable[TrialRecord] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._now = settings, now
        self._running: dict[int, Training] = {}
        self._begun: dict[int, tuple[float, float]] = {}
        self._tick = Tick(0.0)
        for record in running:
            self(TrialChanged(record))

    def __call__(self, happening: Happening) -> None:
        match happening:
            case Tick():
                self._tick = happening
            case TrialChanged(record):
                self._change(record.number, record, is_running=record.state == TrialState.RUNNING)
            case FinalistChanged(retraining):
                self._change(retraining.begun.seed, retraining, is_running=retraining.result is None)

    def _change(self, key: int, training: Training, *, is_running: bool) -> None:
        if not is_running:
            self._running.pop(key, None)
            self._begun.pop(key, None)
            return
        self._running[key] = training
        self._begun.setdefault(key, (self._now(), float(len(training.curve))))

    @property
    def keys(self) -> tuple[int, ...]:
        """The numbers of the running trials, and the seeds of the running retrainings."""
        return tuple(self._running)

    @property
    def lines(self) -> list[str]:
        """A line about each training."""
        return [self._line(key, training) for key, training in self._running.items()]

    @property
    def elapsed(self) -> str:
        """The duration of the search so far, and its limit."""
        limit = self._settings.timeout
        return clock(self._tick.seconds) + (f" of {clock(limit)}" if limit is not None else "")

    def _line(self, key: int, training: Training) -> str:
        share, left = self._tick.shares.get(key, 0.0), self._tick.left.get(key)
        if isinstance(training, Retraining):
            total = training.begun.epochs
            said = [finalist_name(training.begun), f"epoch {_epochs(training.curve, total, share)}"]
        else:
            fidelity = training.trial.fidelity
            total = most_epochs(training, self._settings) * self._settings.folds
            said = [f"trial {training.number}", *_trial_progress(training, self._settings, share)]
            if fidelity is not None:
                total = fidelity.rounds
        if not left:
            left = self._seconds_left(key, len(training.curve) + share, total)
        said += _metrics(training.curve, self._settings)
        return "  ".join([*said, *([f"about {clock(left)} left"] if left is not None else [])])

    def _seconds_left(self, key: int, done: float, total: int) -> float | None:
        """Extrapolate from the epochs since the training began or was resumed."""
        begun, before = self._begun[key]
        return (total - done) * (self._now() - begun) / (done - before) if done > before else None


class PeriodicLines:
    """Write a line about the trainings under way whenever one was not mentioned for some time; a watcher.

    Args:
        settings: The settings of the study.
        write: Called with each line.
        now: The clock, in seconds.
        are_epochs_written: Whether another watcher writes a line for each epoch to the same place.
    """

    def __init__(
        self,
        settings: Settings,
        write: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
        *,
        are_epochs_written: bool = False,
    ) -> None:
        self._under_way = UnderWay(settings, now=now)
        self._write, self._now, self._are_epochs_written = write, now, are_epochs_written
        self._mentioned: dict[int, float] = {}
        self._step, self._noted = "", now()

    def __call__(self, happening: Happening) -> None:
        self._under_way(happening)
        if isinstance(happening, Note):
            self._step, self._noted = happening.text, self._now()
        elif self._are_epochs_written and isinstance(happening, TrialChanged):
            self._mentioned[happening.record.number] = self._now()
        elif self._are_epochs_written and isinstance(happening, FinalistChanged):
            self._mentioned[happening.retraining.begun.seed] = self._now()
        for key in self._under_way.keys:
            self._mentioned.setdefault(key, self._now())
        if isinstance(happening, Tick):
            self._write_if_silent()

    def _write_if_silent(self) -> None:
        keys, lines = self._under_way.keys, self._under_way.lines or [self._step]
        last = min((self._mentioned[key] for key in keys), default=self._noted)
        if self._now() - last < SILENCE or not any(lines):
            return
        self._mentioned, self._noted = dict.fromkeys(keys, self._now()), self._now()
        self._write("; ".join([self._under_way.elapsed, *lines]))


def _trial_progress(record: TrialRecord, settings: Settings, share: float) -> list[str]:
    last, fidelity = record.curve[-1:], record.trial.fidelity
    if fidelity is not None:
        seen = (len(record.curve) + share) * fidelity.round_examples
        return [f"{int(seen):,} of {fidelity.examples:,} examples"]
    fold = last[0].fold if last else 0
    epochs = f"epoch {_epochs([e for e in record.curve if e.fold == fold], settings.most_epochs, share)}"
    return [f"fold {fold + 1}/{settings.folds}", epochs] if settings.folds > 1 else [epochs]


def _epochs(curve: Sequence[EpochRecord], total: int, share: float) -> str:
    done = curve[-1].epoch if curve else 0
    return f"{done}/{total}" + (f" and {share:.0%} of the next" if share else "")


def _metrics(curve: Sequence[EpochRecord], settings: Settings) -> list[str]:
    names = dict.fromkeys((settings.objective, "loss", "accuracy"))
    return [
        f"{name} {brief_value(epoch.metrics[name])}"
        for epoch in curve[-1:]
        for name in names
        if name in epoch.metrics
    ]


def clock(seconds: float) -> str:
    """Format a duration as h:mm:ss."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
