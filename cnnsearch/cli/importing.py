"""Ctrl-C during the imports of a command, which can take a second."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit status after Ctrl-C."""


@contextmanager
def importing() -> Iterator[None]:
    """Let Ctrl-C end the process at once.

    Nothing has started yet, and a KeyboardInterrupt during an import would be lost in a library that ignores
    failed imports.
    """
    before = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
