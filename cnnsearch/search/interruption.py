"""Ctrl-C, counted instead of raised, so that whoever trains can come to a good end."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

GLANCE = 0.2
"""Seconds between two looks for Ctrl-C while a process runs."""


def _do_nothing() -> None:
    pass


@dataclass
class Interruption:
    """Set from outside, by Ctrl-C: once to end after the epochs under way, twice to end at once.

    Attributes:
        count: How often.
        wake: Called each time, for whoever waits for something else to look here.
    """

    count: int = 0
    wake: Callable[[], None] = _do_nothing

    def add(self) -> None:
        """One more Ctrl-C."""
        self.count += 1
        self.wake()


@contextmanager
def counting_ctrl_c(interruption: Interruption) -> Iterator[None]:
    """Counts Ctrl-C instead of raising it; SIGTERM counts as one."""

    def interrupted(*_: Any) -> None:
        interruption.add()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for(
    process: "subprocess.Popen[bytes]",
    interruption: Interruption,
    meanwhile: Callable[[], None] = _do_nothing,
) -> int | None:
    """A process's exit status once it has ended; None where Ctrl-C comes first.

    Args:
        process: That runs.
        interruption: Counts Ctrl-C.
        meanwhile: Called every fifth of a second.
    """
    while not interruption.count:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(GLANCE)
        meanwhile()
    return None
