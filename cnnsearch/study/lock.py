"""One driver per study: a lock that the operating system releases when its holder dies."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cnnsearch.errors import StudyError
from cnnsearch.study.storage import COPY

LOCK = "driver.lock"


@contextmanager
def driving(path: Path) -> Iterator[None]:
    """Lock a study for this process.

    Args:
        path: The study's folder.

    Raises:
        StudyError: Another process drives the study, which the message names; or the lock cannot be written.
    """
    holder = path / "driver.json"
    lock = FileLock(path / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StudyError(f"the study {path.name} is already being searched{_named(holder)}") from None
    except OSError as error:
        raise StudyError(f"{path / LOCK}: cannot be written ({error.strerror}); {COPY}") from None
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "since": time.time()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_driven(path: Path) -> bool:
    """Return whether a process is driving a study now."""
    try:
        with FileLock(path / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _named(holder: Path) -> str:
    try:
        return f" by process {json.loads(holder.read_text(encoding='utf-8'))['pid']}"
    except (OSError, ValueError, KeyError):
        return ""
