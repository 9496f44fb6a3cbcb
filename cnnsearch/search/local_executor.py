"""Trials on this machine: long-lived workers, watched, and replaced when they are worn out.

A worker is a process of its own, started as `python -m cnnsearch.worker`; a crash there costs one trial.
"""

import queue
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from cnnsearch.errors import SearchError
from cnnsearch.search.executors import Cause, Died, Event
from cnnsearch.search.memory import is_out_of_memory, kernel_kills
from cnnsearch.search.settings import Settings
from cnnsearch.search.worker_process import WorkerProcess, ending
from cnnsearch.training.protocol import (
    Decision,
    Heartbeat,
    Ready,
    Result,
    Train,
    Verdict,
    decode_worker_message,
)

SILENCE = 60.0
"""Seconds after which a worker that says nothing is ended: it has a word to say every 5."""
MOST_JOBS = 100
"""Trials after which a worker is replaced: Keras's memory grows from trial to trial."""
MOST_GROWTH = 1.4
"""... or once it holds so many times the memory that it held after its first."""
LAST_WORDS = 5
"""Lines of a dead worker's log that may say what it died of."""


class LocalExecutor:
    """Worker processes on this machine; each is started with the first trial that needs it.

    Args:
        settings: The backend, the precision, how many workers, and what each may take of time and memory.
        log: A file that takes what the workers print.
    """

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._log = log
        self._lines: queue.SimpleQueue[tuple[WorkerProcess, str | None]] = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._spare: WorkerProcess | None = None
        self._first_memory: dict[WorkerProcess, int] = {}
        self._kernel_kills = kernel_kills()

    @property
    def free(self) -> int:
        return self._settings.workers - sum(worker.job is not None for worker in self._workers)

    def submit(self, job: Train) -> None:
        idle = (worker for worker in self._workers if worker.job is None)
        worker = next(idle, None) or self._start()
        worker.begin(job)
        if self._is_worn(worker) and self._spare is None:
            self._spare = self._new()  # comes up while this trial trains

    def events(self, timeout: float) -> Iterator[Event]:
        try:
            worker, line = self._lines.get(timeout=timeout)
            while True:
                event = self._event(worker, line)
                if event is not None:
                    yield event
                worker, line = self._lines.get_nowait()
        except queue.Empty:
            pass
        yield from self._overdue()

    def reply(self, trial: int, decision: Decision) -> None:
        for worker in self._workers:
            if worker.job is not None and worker.job.trial == trial:
                worker.send(Verdict(trial=trial, decision=decision))

    def close(self, *, at_once: bool = False) -> None:
        for worker in (*self._workers, *([self._spare] if self._spare else [])):
            worker.end(at_once or worker.job is not None or not worker.is_ready)
        self._workers.clear()
        self._spare = None

    def _new(self) -> WorkerProcess:
        return WorkerProcess(self._settings, self._log, self._lines)

    def _start(self) -> WorkerProcess:
        worker, self._spare = self._spare or self._new(), None
        self._workers.append(worker)
        return worker

    def _event(self, worker: WorkerProcess, line: str | None) -> Event | None:
        if line is None:
            return self._died(worker)
        try:
            message = decode_worker_message(line)
        except ValidationError as error:
            said = f"the worker said what no worker says: {line[:200]!r} ({error.error_count()} faults)"
            return self._ended(worker, said, "crash")
        if isinstance(message, Heartbeat):
            return None
        if isinstance(message, Ready):
            worker.is_ready = True
        elif isinstance(message, Result):
            self._retire_or_keep(worker, message)
        return message

    def _retire_or_keep(self, worker: WorkerProcess, result: Result) -> None:
        """Frees a worker that is done with its trial, or ends it where it is worn out."""
        worker.job = None
        self._first_memory.setdefault(worker, worker.memory)
        if self._is_worn(worker) or result.outcome == "failed":  # whatever failed may have left its traces
            self._take_out(worker)

    def _is_worn(self, worker: WorkerProcess) -> bool:
        first = self._first_memory.get(worker, 0)
        return worker.jobs >= MOST_JOBS or (first > 0 and worker.memory > MOST_GROWTH * first)

    def _take_out(self, worker: WorkerProcess) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
        if worker is self._spare:
            self._spare = None
        self._first_memory.pop(worker, None)
        worker.end(at_once=True)

    def _overdue(self) -> Iterator[Event]:
        """Ends the workers that hang, and those whose trial takes too long."""
        limit, now = self._settings.trial_timeout, time.monotonic()
        for worker in [worker for worker in self._workers if worker.job is not None]:
            if limit is not None and now - worker.begun > limit:
                event = self._ended(worker, f"it took longer than {limit:g} s", "time")
            elif now - worker.heard > SILENCE:
                event = self._ended(worker, f"the worker said nothing for {SILENCE:g} s", "silence")
            else:
                continue
            if event is not None:
                yield event

    def _ended(self, worker: WorkerProcess, reason: str, cause: Cause) -> Event | None:
        job, worker.job = worker.job, None
        self._take_out(worker)
        return Died(job.trial, reason, cause) if job else None

    def _died(self, worker: WorkerProcess) -> Event | None:
        """Takes a dead worker out, for the next trial to start a new one; one that gave up while it came up
        ends the search, for the next would too."""
        if worker not in self._workers and worker is not self._spare:
            return None  # it was ended from here
        code, words = worker.process.wait(), worker.words()
        if not worker.is_ready and code >= 0:
            last = words[-1] if words else "none"
            raise SearchError(f"a worker could not start ({ending(code)}); its last words: {last}")
        killed = kernel_kills() > self._kernel_kills
        self._kernel_kills = kernel_kills()
        if killed or is_out_of_memory("\n".join(words[-LAST_WORDS:])):
            return self._ended(worker, f"the worker ran out of memory: {ending(code)}", "memory")
        return self._ended(worker, f"the worker ended: {ending(code)}", "crash")
