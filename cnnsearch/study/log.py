"""A study's log file: one line for each event, and the output of the workers."""

import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from cnnsearch.study.events import (
    FinalistChanged,
    Happening,
    Note,
    PlanMade,
    Tick,
    TrialChanged,
    WorkersReady,
)
from cnnsearch.study.finalists import Retraining, RetrainingStart
from cnnsearch.study.objectives import brief_value
from cnnsearch.study.records import TrialRecord


class LogFile:
    """A watcher that appends to a file.

    Args:
        path: The log file; created if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> "LogFile":
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.write(f"ended by {type(error).__name__}: {error}")
        if self._file is not None:
            self._file.close()

    def __call__(self, happening: Happening) -> None:
        text = line(happening)
        if text:
            self.write(text)

    def write(self, text: str) -> None:
        """Append a line with the time."""
        assert self._file is not None
        self._file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
        self._file.flush()


def line(happening: Happening) -> str:
    """Describe an event in one line."""
    match happening:
        case Tick():
            return ""
        case Note(text):
            return text
        case PlanMade(plan, is_revised):
            return f"plan{' revised after measuring the machine' if is_revised else ''}: {plan.told()}"
        case WorkersReady(backend, devices, versions):
            packages = ", ".join(f"{name} {version}" for name, version in versions.items())
            return f"worker ready: {backend} on {', '.join(devices)} ({packages})"
        case FinalistChanged(retraining):
            return finalist_line(retraining)
        case TrialChanged(record, is_best):
            return trial_line(record) + (", the best so far" if is_best and record.result else "")


def trial_line(record: TrialRecord) -> str:
    """Describe the current state of a trial in one line."""
    head = f"trial {record.number}"
    if record.result is None:
        if not record.curve:
            weights = record.trial.counts.get("weights", 0)
            return f"{head} begins{record.trial.origin}: {weights:,} weights{_size(record)}"
        last = record.curve[-1]
        figures = ", ".join(f"{name} {value:.4g}" for name, value in last.metrics.items())
        fold = f" fold {last.fold + 1}" if last.fold else ""
        return f"{head}{fold} epoch {last.epoch}: {figures}"
    value = f" {brief_value(record.value)}" if record.value is not None else ""
    reason = f" ({record.reason})" if record.reason else ""
    length = _size(record) if record.trial.fidelity and not record.is_reused else _length(record)
    return f"{head} {record.state.value}{value}{length}{reason}"


def _size(record: TrialRecord) -> str:
    """Describe the length of a planned trial's training, finished or planned."""
    fidelity, number = record.trial.fidelity, record.trial.candidate_number
    if fidelity is None:
        return ""
    rounds = len(record.curve) if record.result else fidelity.rounds
    again = f", trial {number}'s network" if number != record.number else ""
    return f" on {rounds * fidelity.round_examples:,} examples{again}"


def finalist_line(retraining: Retraining) -> str:
    """Describe the current state of a finalist's retraining in one line."""
    begun, result = retraining.begun, retraining.result
    head = finalist_name(begun)
    if result is None:
        return f"{head}{_epoch(retraining)}"
    value = "" if result.value is None or begun.is_refit else f" {brief_value(result.value)}"
    reason = f" ({result.reason})" if result.reason else ""
    return f"{head}: {result.state.value}{value}{_length(retraining)}{reason}"


def finalist_name(begun: RetrainingStart) -> str:
    """Describe which training of a finalist it is."""
    return f"trial {begun.trial} again, {'train and validation, ' if begun.is_refit else ''}seed {begun.seed}"


def _epoch(retraining: Retraining) -> str:
    if not retraining.curve:
        return ": begins"
    last = retraining.curve[-1]
    figures = ", ".join(f"{name} {value:.4g}" for name, value in last.metrics.items())
    return f" epoch {last.epoch}: {figures}"


def _length(record: TrialRecord | Retraining) -> str:
    epochs = len(record.curve)
    return f" after {epochs} epoch{'s' if epochs > 1 else ''}" if epochs else ""
