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
        reason: What became of the worker, in words.
        cause: `crash`: it ended by itself; `memory`: for want of memory; `silence`: it was ended because it
            said nothing any more; `time`: because the trial took longer than a trial may.
    """

    trial: int
    reason: str
    cause: Cause = "crash"


@dataclass(frozen=True)
class Shared:
    """It was found out how many trials are to be trained at a time.

    Attributes:
        workers: So many.
        reason: Why, in words.
        trial: The trial whose steps were clocked.
        step_seconds: Of such a step, on a worker's share of the cores.
    """

    workers: int
    reason: str
    trial: int
    step_seconds: float


Event = Ready | Suggest | Built | Shared | EpochReport | JobResult | Died


class Executor(Protocol):
    """Runs trials somewhere, and reports what happens to them."""

    @property
    def workers(self) -> int:
        """How many trials can be trained at a time, as far as is known by now."""

    @property
    def free(self) -> int:
        """How many more trials can be taken now."""

    def warm_up(self, trials: int | None = None) -> None:
        """Start workers before there are trials for them, as they take seconds to start.

        Args:
            trials: The number of trials to come; None where it is not known.
        """

    def submit(self, job: Train) -> None:
        """Begins a trial; only when one is free."""

    def events(self, timeout: float) -> Iterator[Event]:
        """What has happened, waiting up to `timeout` seconds for the first event."""

    def wake(self) -> None:
        """Ends the wait for an event; a signal's handler may call it."""

    def reply(self, trial: int, decision: Decision, fidelity: Fidelity | None = None) -> None:
        """Answers the report of an epoch, or of a network: the trial waits for it.

        Args:
            trial: Its number.
            decision: What it does next.
            fidelity: Its size from now on, where its length is changed.
        """

    def suggest(self, suggestion: Suggestion) -> None:
        """Answers a hypermodel's question: the trial waits for it."""

    def close(self, *, at_once: bool = False) -> None:
        """Ends the workers, and with them the trials under way; idle ones may end by themselves unless
        `at_once`."""
