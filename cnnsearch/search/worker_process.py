"""One worker as the driver sees it: a process of its own, and the thread that reads what it says."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from cnnsearch.search.settings import Settings
from cnnsearch.training.protocol import Message, Shutdown, Train, encode

GRACE = 10.0
"""Seconds that a worker is given to end by itself."""

Lines = queue.SimpleQueue[tuple["WorkerProcess", str | None]]
"""What the workers say, a line at a time; None: the worker has ended."""


class WorkerProcess:
    """A process started as `python -m cnnsearch.worker`.

    Args:
        settings: The backend, the precision, how many workers share the cores, how much memory each may take.
        log: A file that takes what it prints.
        lines: Takes what it says.

    Attributes:
        job: The trial under way.
        jobs: How many trials it has begun.
        is_ready: Whether it has come up.
        heard: When it said something last, by the monotonic clock.
        begun: When the trial under way began, by the same clock.
    """

    def __init__(self, settings: Settings, log: Path, lines: Lines) -> None:
        self.job: Train | None = None
        self.jobs = 0
        self.is_ready = False
        self.heard = self.begun = time.monotonic()
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command(settings),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._reader.start()

    @property
    def memory(self) -> int:
        """Bytes that it has in main memory; 0 once it is gone."""
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def begin(self, job: Train) -> None:
        """Gives it a trial."""
        self.job = job
        self.jobs += 1
        self.begun = self.heard = time.monotonic()
        self.send(job)

    def send(self, message: Message) -> None:
        """Writes a message; a dead worker's end is told by its reading thread."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(encode(message))
            self.process.stdin.flush()

    def end(self, at_once: bool) -> None:
        """Ends the process, and waits until it is gone and all it said is read."""
        if not at_once:
            self.send(Shutdown())
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # and what it may have started
        self.process.wait()
        self._reader.join()
        self._close_pipes()

    def _close_pipes(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdout.close()
        with suppress(BrokenPipeError):  # what a dead worker has not read is still in the buffer
            self.process.stdin.close()

    def words(self) -> list[str]:
        """The lines that the process wrote to the log."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace").strip().splitlines()

    def _read(self, lines: Lines) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard = time.monotonic()
            lines.put((self, line))
        lines.put((self, None))


def command(settings: Settings) -> list[str]:
    """What starts a worker."""
    words = [sys.executable, "-m", "cnnsearch.worker", "--backend", settings.backend]
    words += ["--precision", settings.precision]
    if settings.workers > 1:
        words += ["--threads", str(max(1, (os.cpu_count() or 1) // settings.workers))]
    if settings.worker_memory is not None:
        words += ["--memory", str(settings.worker_memory)]
    return words


def ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit status {code}"
    return f"signal {signal.Signals(-code).name if -code in signal.Signals._value2member_map_ else -code}"
