"""The `Executor` protocol, and the events that an executor reports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from cnnsearch.training.protocol import (
    Built,
    EngineMeasured,
    EpochReports,
    Heartbeat,
    MemberResult,
    Ready,
    Suggest,
    Suggestion,
    Train,
    Verdict,
)

Cause = Literal["crash", "memory", "silence", "time"]


@dataclass(frozen=True)
class Died:
    """A worker ended in the middle of a job.

    Attributes:
        trials: The members of the job that had not ended.
        reason: What happened to the worker, as text.
        cause: `crash`: it ended by itself; `memory`: it ran out of memory; `silence`: it was killed because
            it sent no more messages; `time`: it was killed because the job exceeded its time limit.
    """

    trials: tuple[int, ...]
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


Event = Ready | Heartbeat | Suggest | Built | Shared | EngineMeasured | EpochReports | MemberResult | Died


class Executor(Protocol):
    """Runs jobs and reports the events of their trials."""

    @property
    def workers(self) -> int:
        """The number of concurrent jobs, as far as it is known."""

    @property
    def free(self) -> int:
        """The number of further jobs that can be submitted now."""

    def warm_up(self, trials: int | None = None) -> None:
        """Start workers before there are trials for them, since starting takes seconds.

        Args:
            trials: The number of trials to come; None if it is not known.
        """

    def submit(self, job: Train) -> None:
        """Start a job; requires that one is free."""

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield the events so far, waiting up to `timeout` seconds for the first one."""

    def wake(self) -> None:
        """End the wait for an event; may be called by a signal handler."""

    def reply(self, verdicts: Sequence[Verdict]) -> None:
        """Answer the reports of a job's members, or of a network, for which the job waits."""

    def suggest(self, suggestion: Suggestion) -> None:
        """Answer a trial's request for a value, for which the trial waits."""

    def close(self, *, at_once: bool = False) -> None:
        """End the workers and the running trials; idle workers may end by themselves unless `at_once`."""
