"""One worker as the driver sees it: a process of its own, and threads that read what it says and prints."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

import psutil

from cnnsearch.processes import module_command
from cnnsearch.study.settings import Settings
from cnnsearch.training.protocol import Message, Shutdown, Train, encode

GRACE = 10.0
"""Seconds that a worker is given to end by itself."""
LAST_WORDS = 50
"""Lines of what a worker printed that may say what it died of: as long as a stack trace."""

Lines = queue.SimpleQueue[tuple["WorkerProcess", str | None] | None]
"""What the workers say, a line at a time, or that a worker has ended (None for the line); None alone only
wakes whoever waits."""


class WorkerProcess:
    """A process started as `python -m cnnsearch.worker`.

    Args:
        settings: The backend, the precision, how much memory it may take.
        threads: How many it computes with; None: as many as there are cores.
        log: A file that takes what it prints.
        lines: Takes what it says.

    Attributes:
        threads: As given.
        job: The trial under way.
        jobs: How many trials it has begun.
        is_ready: Whether it has come up.
        at_rest: Bytes that it had allocated then.
        heard: When it said something last, by the monotonic clock.
        begun: When the trial under way began, by the same clock.
    """

    def __init__(self, settings: Settings, threads: int | None, log: Path, lines: Lines) -> None:
        self.threads = threads
        self.job: Train | None = None
        self.jobs = 0
        self.is_ready = False
        self.at_rest = 0
        self.heard = self.begun = time.monotonic()
        self._words = deque[str](maxlen=LAST_WORDS)
        self.process = subprocess.Popen(
            command(settings, threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._listener = threading.Thread(target=self._listen, args=(log,), daemon=True)
        self._reader.start()
        self._listener.start()

    @property
    def memory(self) -> int:
        """Bytes that it has in main memory; 0 once it is gone."""
        return self._memory("rss")

    @property
    def allocated(self) -> int:
        """Bytes that it has allocated, used or not, as its limit counts them; 0 where that is not known."""
        return self._memory("data")

    def _memory(self, kind: str) -> int:
        try:
            return int(getattr(psutil.Process(self.process.pid).memory_info(), kind, 0))
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
        self._listener.join()
        self._close_pipes()

    def _close_pipes(self) -> None:
        process = self.process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdout.close()
        process.stderr.close()
        with suppress(BrokenPipeError):  # what a dead worker has not read is still in the buffer
            process.stdin.close()

    def words(self) -> list[str]:
        """The last lines that the process printed; it has ended."""
        self._listener.join(GRACE)
        return [line for line in self._words if line]

    def _read(self, lines: Lines) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard = time.monotonic()
            lines.put((self, line))
        lines.put((self, None))

    def _listen(self, log: Path) -> None:
        """Passes on to the log what the process prints, and keeps the last of it."""
        assert self.process.stderr is not None
        with log.open("ab", buffering=0) as file:
            for line in self.process.stderr:
                self._words.append(line.strip())
                with suppress(OSError):  # on a full disk the records say so, and nothing is lost here
                    file.write(line.encode())


def command(settings: Settings, threads: int | None) -> list[str]:
    """What starts a worker."""
    words = module_command("cnnsearch.worker", "--backend", settings.backend)
    words += ["--precision", settings.precision]
    if threads is not None:
        words += ["--threads", str(threads)]
    if settings.worker_memory is not None:
        words += ["--memory", str(settings.worker_memory)]
    return words
