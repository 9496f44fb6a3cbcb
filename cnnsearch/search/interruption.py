"""Ctrl-C is counted instead of raised, so that a search can end in an orderly way."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

GLANCE = 0.2
"""Seconds between two checks for Ctrl-C while a process runs."""


def _do_nothing() -> None:
    pass


@dataclass
class Interruption:
    """The count of Ctrl-C: once to stop after the current epochs, twice to stop immediately.

    Attributes:
        count: How often it was pressed.
        wake: Called each time, to end the wait for another event.
    """

    count: int = 0
    wake: Callable[[], None] = _do_nothing

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise KeyboardInterrupt at once, for steps that leave nothing to end in an orderly way."""

        def interrupt() -> None:
            raise KeyboardInterrupt

        before, self.wake = self.wake, interrupt
        try:
            yield
        finally:
            self.wake = before

    def add(self) -> None:
        """Count one Ctrl-C."""
        self.count += 1
        self.wake()


@contextmanager
def counting_ctrl_c(interruption: Interruption) -> Iterator[None]:
    """Count Ctrl-C instead of raising it; SIGTERM counts as one."""

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
    """Return a process's exit status once it has ended; None if Ctrl-C comes first.

    Args:
        process: A running process.
        interruption: Counts Ctrl-C.
        meanwhile: Called every fifth of a second.
    """
    while not interruption.count:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(GLANCE)
        meanwhile()
    return None
