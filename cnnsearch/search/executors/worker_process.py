"""The driver's side of a worker: its process, and threads that read its messages and its output."""

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
from cnnsearch.study.folder import Study
from cnnsearch.study.settings import Settings
from cnnsearch.training.protocol import Member, MemberResult, Message, Shutdown, Train, encode

GRACE = 10.0
"""Seconds in which a worker may end by itself before it is killed."""
LAST_WORDS = 50
"""Lines of a worker's output that are kept to explain its end: enough for a stack trace."""

Lines = queue.SimpleQueue[tuple["WorkerProcess", str | None] | None]
"""The messages of the workers by line, or None for the line when a worker has ended; a bare None only wakes
the reader."""


class WorkerProcess:
    """A process started as `python -m cnnsearch.worker`.

    Args:
        settings: The backend, the precision, and the memory limit.
        study: The folders that it uses in place, and the log for its output.
        threads: Number of threads for computation; None: as many as there are cores.
        lines: The queue for its messages.

    Attributes:
        threads: The number of threads, as given.
        job: The running job.
        left: The trials of the last job that have not ended.
        has_failed: Whether a trial of the last job has failed.
        jobs: Number of jobs started.
        is_ready: Whether it has started up.
        at_rest: Bytes that it had allocated at that time.
        heard: Time of its last message, by the monotonic clock.
        begun: Start of the running job, by the same clock.
    """

    def __init__(self, settings: Settings, study: Study, threads: int | None, lines: Lines) -> None:
        self.threads = threads
        self.job: Train | None = None
        self.left: tuple[int, ...] = ()
        self.has_failed = False
        self.jobs = 0
        self.is_ready = False
        self.at_rest = 0
        self.heard = self.begun = time.monotonic()
        self._words = deque[str](maxlen=LAST_WORDS)
        self.process = subprocess.Popen(
            command(settings, study, threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._listener = threading.Thread(target=self._listen, args=(study.log,), daemon=True)
        self._reader.start()
        self._listener.start()

    @property
    def memory(self) -> int:
        """Bytes in main memory; 0 after its end."""
        return self._memory("rss")

    @property
    def allocated(self) -> int:
        """Bytes allocated, used or not, as counted by its memory limit; 0 if not known."""
        return self._memory("data")

    def _memory(self, kind: str) -> int:
        try:
            return int(getattr(psutil.Process(self.process.pid).memory_info(), kind, 0))
        except psutil.Error:
            return 0

    def begin(self, job: Train) -> None:
        """Start a job."""
        self.job, self.left, self.has_failed = job, job.trials, False
        self.jobs += 1
        self.begun = self.heard = time.monotonic()
        self.send(job)

    @property
    def left_members(self) -> tuple[Member, ...]:
        """The members of the running job that have not ended."""
        members = self.job.members if self.job is not None else ()
        return tuple(member for member in members if member.trial in self.left)

    def end_trial(self, result: MemberResult) -> None:
        """Record the end of a trial of the running job; the last one ends the job."""
        self.left = tuple(trial for trial in self.left if trial != result.trial)
        self.has_failed |= result.outcome == "failed"
        if not self.left:
            self.job = None

    def send(self, message: Message) -> None:
        """Write a message; the reading thread reports the end of a dead worker."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(encode(message))
            self.process.stdin.flush()

    def end(self, at_once: bool) -> None:
        """End the process, and wait until it is gone and its output has been read."""
        if not at_once:
            self.send(Shutdown())
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # including its child processes
        self.process.wait()
        self._reader.join()
        self._listener.join()
        self._close_pipes()

    def _close_pipes(self) -> None:
        process = self.process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdout.close()
        process.stderr.close()
        with suppress(BrokenPipeError):  # the buffer may hold data that a dead worker did not read
            process.stdin.close()

    def words(self) -> list[str]:
        """Return the last lines of the process's output; requires that it has ended."""
        self._listener.join(GRACE)
        return [line for line in self._words if line]

    def _read(self, lines: Lines) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard = time.monotonic()
            lines.put((self, line))
        lines.put((self, None))

    def _listen(self, log: Path) -> None:
        """Append the output of the process to the log, and keep the last lines."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._words.append(line.strip())
            # A full disk is reported when the records are written.
            with suppress(OSError), log.open("ab", buffering=0) as file:
                file.write(line.encode())


def command(settings: Settings, study: Study, threads: int | None) -> list[str]:
    """Return the command that starts a worker."""
    folders = ["--study", str(study.path.resolve()), "--datasets", str(study.datasets.resolve())]
    words = module_command("cnnsearch.worker", *folders)
    words += ["--backend", settings.backend, "--precision", settings.precision]
    if threads is not None:
        words += ["--threads", str(threads)]
    if settings.worker_memory is not None:
        words += ["--memory", str(settings.worker_memory)]
    return words
