"""The `Executor` protocol, and the events that an executor reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import (
    Built,
    Decision,
    EpochReport,
    JobResult,
    Ready,
    Suggest,
    Suggestion,
    Train,
)

Cause = Literal["crash", "memory", "silence", "time"]


@dataclass(frozen=True)
class Died:
    """A worker ended in the middle of a trial.

    Attributes:
        trial: The trial's number.
        reason: What happened to the worker, as text.
        cause: `crash`: it ended by itself; `memory`: it ran out of memory; `silence`: it was killed because
            it sent no more messages; `time`: it was killed because the trial exceeded its time limit.
    """

    trial: int
    reason: str
    cause: Cause = "crash"


@dataclass(frozen=True)
class Shared:
    """The number of concurrent trials has been determined.

    Attributes:
        workers: The number of concurrent trials.
        reason: The reason, as text.
        trial: The trial in which it was measured.
        step_seconds: Duration of a step of that trial on one worker's share of the cores.
    """

    workers: int
    reason: str
    trial: int
    step_seconds: float


Event = Ready | Suggest | Built | Shared | EpochReport | JobResult | Died


class Executor(Protocol):
    """Runs trials and reports their events."""

    @property
    def workers(self) -> int:
        """The number of concurrent trials, as far as it is known."""

    @property
    def free(self) -> int:
        """The number of further trials that can be submitted now."""

    def warm_up(self, trials: int | None = None) -> None:
        """Start workers before there are trials for them, since starting takes seconds.

        Args:
            trials: The number of trials to come; None if it is not known.
        """

    def submit(self, job: Train) -> None:
        """Start a trial; requires that one is free."""

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield the events so far, waiting up to `timeout` seconds for the first one."""

    def wake(self) -> None:
        """End the wait for an event; may be called by a signal handler."""

    def reply(self, trial: int, decision: Decision, fidelity: Fidelity | None = None) -> None:
        """Answer the report of an epoch or of a network, for which the trial waits.

        Args:
            trial: The trial's number.
            decision: What the trial does next.
            fidelity: Its new size, if its length changes.
        """

    def suggest(self, suggestion: Suggestion) -> None:
        """Answer a trial's request for a value, for which the trial waits."""

    def close(self, *, at_once: bool = False) -> None:
        """End the workers and the running trials; idle workers may end by themselves unless `at_once`."""
