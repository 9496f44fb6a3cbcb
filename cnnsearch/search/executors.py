"""Where trials run: the `Executor` protocol, and workers on this machine behind it.

A worker is a process of its own, started as `python -m cnnsearch.worker`; a crash there costs one trial.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from cnnsearch.errors import SearchError
from cnnsearch.search.settings import Settings
from cnnsearch.training.protocol import (
    Decision,
    EpochReport,
    Message,
    Ready,
    Result,
    Shutdown,
    Train,
    Verdict,
    decode_worker_message,
    encode,
)

GRACE = 10.0
"""Seconds that a worker is given to end by itself."""


@dataclass(frozen=True)
class Died:
    """A worker ended in the middle of a trial."""

    trial: int
    reason: str


Event = Ready | EpochReport | Result | Died


class Executor(Protocol):
    """Runs trials somewhere and tells what happens to them."""

    @property
    def free(self) -> int:
        """How many more trials can be taken now."""

    def submit(self, job: Train) -> None:
        """Begins a trial; only when one is free."""

    def events(self, timeout: float) -> Iterator[Event]:
        """What has happened, waiting up to `timeout` seconds for the first event."""

    def reply(self, trial: int, decision: Decision) -> None:
        """Answers an epoch's report: the trial waits for it."""

    def close(self, *, at_once: bool = False) -> None:
        """Ends the workers, and with them the trials under way; idle ones may end by themselves unless
        `at_once`."""


class LocalExecutor:
    """Long-lived worker processes on this machine; each is started with the first trial that needs it.

    Args:
        settings: The backend, the precision and how many workers.
        log: A file that takes what the workers print.
    """

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._log = log
        self._queue: queue.SimpleQueue[tuple[_Worker, str | None]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []

    @property
    def free(self) -> int:
        return self._settings.workers - sum(worker.job is not None for worker in self._workers)

    def submit(self, job: Train) -> None:
        worker = next((worker for worker in self._workers if worker.job is None), None) or self._start()
        worker.job = job
        worker.send(job)

    def events(self, timeout: float) -> Iterator[Event]:
        try:
            worker, line = self._queue.get(timeout=timeout)
            while True:
                event = self._event(worker, line)
                if event is not None:
                    yield event
                worker, line = self._queue.get_nowait()
        except queue.Empty:
            return

    def reply(self, trial: int, decision: Decision) -> None:
        for worker in self._workers:
            if worker.job is not None and worker.job.trial == trial:
                worker.send(Verdict(trial=trial, decision=decision))

    def close(self, *, at_once: bool = False) -> None:
        for worker in self._workers:
            worker.end(at_once or worker.job is not None)
        self._workers.clear()

    def _start(self) -> "_Worker":
        worker = _Worker(self._settings, self._log, self._queue)
        self._workers.append(worker)
        return worker

    def _event(self, worker: "_Worker", line: str | None) -> Event | None:
        if line is None:
            return self._died(worker)
        try:
            message = decode_worker_message(line)
        except ValidationError as error:
            raise SearchError(
                f"a worker said what no worker says: {line[:200]!r} ({error.error_count()} faults)"
            ) from None
        if isinstance(message, Ready):
            worker.is_ready = True
        elif isinstance(message, Result):
            worker.job = None
        return message

    def _died(self, worker: "_Worker") -> Event | None:
        """Takes a dead worker out, for the next trial to start a new one; one that never came up ends the
        search."""
        code = worker.process.wait()
        if not worker.is_ready:
            raise SearchError(
                f"a worker could not start ({ending(code)}); its last words: {worker.last_words()}"
            )
        self._workers.remove(worker)
        worker.end(at_once=True)
        return Died(worker.job.trial, f"the worker ended: {ending(code)}") if worker.job else None


class _Worker:
    """One process, and the thread that reads what it says."""

    def __init__(
        self, settings: Settings, log: Path, events: "queue.SimpleQueue[tuple[_Worker, str | None]]"
    ) -> None:
        self.job: Train | None = None
        self.is_ready = False
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        threads = max(1, (os.cpu_count() or 1) // settings.workers)
        command = [sys.executable, "-m", "cnnsearch.worker", "--backend", settings.backend]
        command += ["--precision", settings.precision]
        command += ["--threads", str(threads)] if settings.workers > 1 else []
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, args=(events,), daemon=True)
        self._reader.start()

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

    def last_words(self) -> str:
        """The last line that the process wrote to the log."""
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"

    def _read(self, events: "queue.SimpleQueue[tuple[_Worker, str | None]]") -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            events.put((self, line))
        events.put((self, None))


def ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit status {code}"
    name = signal.Signals(-code).name if -code in signal.Signals._value2member_map_ else str(-code)
    return f"signal {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
