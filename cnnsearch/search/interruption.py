"""Ctrl-C, counted instead of raised, so that whoever trains can come to a good end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Interruption:
    """Set from outside, by Ctrl-C: once to end after the epochs under way, twice to end at once."""

    count: int = 0

    def add(self) -> None:
        """One more Ctrl-C."""
        self.count += 1


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
