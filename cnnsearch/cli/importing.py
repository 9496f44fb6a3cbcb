"""Ctrl-C while a command is imported, which takes a second for some."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit status after Ctrl-C."""


@contextmanager
def importing() -> Iterator[None]:
    """Has Ctrl-C end the process at once.

    Nothing has been begun yet, and an exception that is raised in the middle of an import is lost where a
    library passes over what it fails to import.
    """
    before = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
