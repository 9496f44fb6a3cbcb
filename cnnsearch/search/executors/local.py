"""Trials on this machine: long-lived workers, watched, and replaced when they are worn out.

A worker is a process of its own, started as `python -m cnnsearch.worker`; a crash there costs one trial.
"""

import queue
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from cnnsearch.cores import can_choose_cores, num_cores
from cnnsearch.durations import duration
from cnnsearch.errors import SearchError
from cnnsearch.processes import ending
from cnnsearch.search.executors.base import Cause, Died, Event, Shared
from cnnsearch.search.executors.worker_count import (
    most_in_memory,
    threads_of,
    workers_description,
    workers_for,
)
from cnnsearch.search.executors.worker_process import Lines, WorkerProcess
from cnnsearch.search.memory import FIRST_PROGRAM, is_out_of_memory, kernel_kills, may_exceed
from cnnsearch.study.settings import Settings
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import (
    Decision,
    Heartbeat,
    JobResult,
    Message,
    Ready,
    Speeds,
    Suggestion,
    Train,
    Verdict,
    decode_worker_message,
)

SILENCE = 60.0
"""Seconds after which a worker that says nothing is ended: it has a word to say every 5."""
MOST_JOBS = 100
"""Trials after which a worker is replaced: Keras's memory grows from trial to trial."""
MOST_GROWTH = 1.4
"""... or once it holds so many times the memory that it held after its first ones."""
FIRST_JOBS = 2
MOST_THREADS = 2
"""... or where it was started with more than so many times its share of the cores."""
REFUSED = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)
"""What a process may die of that is refused memory."""
ASLEEP = 10.0
"""Seconds between two looks at the workers that only a driver which was stopped itself lets pass."""


class LocalExecutor:
    """Worker processes on this machine; each is started with the first trial that needs it, if not before.

    Args:
        settings: The backend, the precision, how many workers, and what each may take of time and memory.
        log: A file that takes what the workers print.
    """

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._log = log
        self._is_settled = settings.workers != "auto" or not can_choose_cores()
        self._share = settings.num_workers
        self._lines: Lines = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._spares: list[WorkerProcess] = []
        self._first_memory: dict[WorkerProcess, int] = {}
        self._kernel_kills = kernel_kills()
        self._has_come_up, self._stillborn = False, 0
        self._looked = self._awake_since = time.monotonic()

    @property
    def workers(self) -> int:
        return self._share

    @property
    def free(self) -> int:
        return self._share - sum(worker.job is not None for worker in self._workers)

    def warm_up(self, trials: int | None = None) -> None:
        """Start the first worker, and a second one where several may share the cores; see `Executor`."""
        wanted = 1 if self._is_settled or trials == 1 else 2
        while trials != 0 and len(self._spares) < wanted:
            self._spares.append(self._new(threads_of(wanted if self._spares else self._share)))

    def submit(self, job: Train) -> None:
        idle = (worker for worker in self._workers if worker.job is None)
        worker = next(idle, None) or self._start()
        worker.begin(job if self._is_settled else job.model_copy(update={"measures": True}))
        if self._is_worn(worker) and not self._spares:
            self._spares.append(self._new(threads_of(self._share)))  # comes up while this trial trains

    def events(self, timeout: float) -> Iterator[Event]:
        try:
            said = self._lines.get(timeout=timeout)
            while True:
                event = self._event(*said) if said else None
                if event is not None:
                    yield event
                said = self._lines.get_nowait()
        except queue.Empty:
            pass
        yield from self._overdue()

    def wake(self) -> None:
        self._lines.put(None)

    def reply(self, trial: int, decision: Decision, fidelity: Fidelity | None = None) -> None:
        self._send(trial, Verdict(trial=trial, decision=decision, fidelity=fidelity))

    def suggest(self, suggestion: Suggestion) -> None:
        self._send(suggestion.trial, suggestion)

    def close(self, *, at_once: bool = False) -> None:
        for worker in (*self._workers, *self._spares):
            worker.end(at_once or worker.job is not None or not worker.is_ready)
        self._workers.clear()
        self._spares.clear()

    def _send(self, trial: int, message: Message) -> None:
        for worker in self._workers:
            if worker.job is not None and worker.job.trial == trial:
                worker.send(message)

    def _new(self, threads: int | None) -> WorkerProcess:
        return WorkerProcess(self._settings, threads, self._log, self._lines)

    def _start(self) -> WorkerProcess:
        worker = self._spares.pop(0) if self._spares else self._new(threads_of(self._share))
        self._workers.append(worker)
        return worker

    def _event(self, worker: WorkerProcess, line: str | None) -> Event | None:
        if worker not in self._workers and worker not in self._spares:
            return None  # it was ended from here: what it had to say yet is past
        if line is None:
            return self._died(worker)
        try:
            message = decode_worker_message(line)
        except ValidationError as error:
            said = f"the worker said what no worker says: {line[:200]!r} ({error.error_count()} faults)"
            return self._ended(worker, said, "crash")
        if isinstance(message, Heartbeat):
            return None
        if isinstance(message, Speeds):
            return self._settle(worker, message)
        if isinstance(message, Ready):
            worker.at_rest = worker.allocated
            if not self._has_come_up:
                self._check_room(worker)
            worker.is_ready = self._has_come_up = True
            if not message.is_on_cpu and not self._is_settled:
                self._settle_for(1)  # which has the accelerator for itself
        elif isinstance(message, JobResult):
            self._retire_or_keep(worker, message)
        return message

    def _settle(self, first: WorkerProcess, speeds: Speeds) -> Shared | None:
        """Decides how many workers share the cores."""
        if self._is_settled:
            return None
        seconds = speeds.seconds
        self._settle_for(workers_for(seconds, most_in_memory(first.memory)))
        of_a_share = seconds[max(seconds) // self._share]
        return Shared(self._share, workers_description(seconds, self._share), speeds.trial, of_a_share)

    def _settle_for(self, workers: int) -> None:
        """Has so many workers from now on, and none ready beside them."""
        self._share, self._is_settled = workers, True
        for spare in self._spares[max(0, workers - len(self._workers)) :]:
            self._take_out(spare)

    def _retire_or_keep(self, worker: WorkerProcess, result: JobResult) -> None:
        """Frees a worker that is done with its trial; a worn one ends, once a spare is at hand."""
        worker.job = None
        if worker.jobs <= FIRST_JOBS:
            self._first_memory[worker] = max(self._first_memory.get(worker, 0), worker.memory)
        is_replaceable = self._is_worn(worker) and bool(self._spares)
        if is_replaceable or result.outcome == "failed":  # whatever failed may have left its traces
            self._take_out(worker)

    def _is_worn(self, worker: WorkerProcess) -> bool:
        first, share = self._first_memory.get(worker, 0), threads_of(self._share)
        is_too_wide = share is not None and (worker.threads or num_cores()) > MOST_THREADS * share
        return worker.jobs >= MOST_JOBS or is_too_wide or (first > 0 and worker.memory > MOST_GROWTH * first)

    def _take_out(self, worker: WorkerProcess) -> None:
        for those in (self._workers, self._spares):
            if worker in those:
                those.remove(worker)
        self._first_memory.pop(worker, None)
        worker.end(at_once=True)

    def _overdue(self) -> Iterator[Event]:
        """Ends the workers that hang, and those whose trial takes too long."""
        limit, now = self._settings.trial_timeout, time.monotonic()
        if now - self._looked > ASLEEP:  # what the workers said meanwhile may not be read yet
            self._awake_since = now
        self._looked = now
        for worker in [worker for worker in self._workers if worker.job is not None]:
            if limit is not None and now - worker.begun > limit:
                event = self._ended(worker, f"it took longer than {duration(limit)}", "time")
            elif now - max(worker.heard, self._awake_since) > SILENCE:
                event = self._ended(worker, f"the worker said nothing for {duration(SILENCE)}", "silence")
            else:
                continue
            if event is not None:
                yield event

    def _ended(self, worker: WorkerProcess, reason: str, cause: Cause) -> Event | None:
        job, worker.job = worker.job, None
        self._take_out(worker)
        return Died(job.trial, reason, cause) if job else None

    def _died(self, worker: WorkerProcess) -> Event | None:
        """Takes a dead worker out, for the next trial to start a new one."""
        code = worker.process.wait()
        if not worker.is_ready and not self._has_come_up:
            self._give_up_or_go_on(worker, code)
        if self._lacked_memory(worker, code):
            return self._ended(worker, f"the worker ran out of memory: {ending(code)}", "memory")
        return self._ended(worker, f"the worker ended: {ending(code)}", "crash")

    def _give_up_or_go_on(self, worker: WorkerProcess, code: int) -> None:
        """Ends a search in which no worker has come up yet when one gives up, or a second one is killed."""
        if code >= 0 or self._stillborn:
            words, memory = worker.words() or ["none"], self._settings.worker_memory
            allowed = f"; --worker-memory allows it {memory / 1e6:,.0f} MB" if memory else ""
            raise SearchError(
                f"a worker could not start ({ending(code)}); its last words: {words[-1]}{allowed}"
            )
        self._stillborn += 1

    def _check_room(self, worker: WorkerProcess) -> None:
        """Refuses a limit under which a worker comes up but no trial, however small, would train."""
        limit, needed = self._settings.worker_memory, worker.at_rest + FIRST_PROGRAM
        if limit is not None and needed > limit:
            raise SearchError(
                f"a worker could not start a trial: it needs {needed / 1e6:,.0f} MB before any network's own "
                f"memory; --worker-memory allows it {limit / 1e6:,.0f} MB"
            )

    def _lacked_memory(self, worker: WorkerProcess, code: int) -> bool:
        """Whether a worker died because its trial was too large."""
        kills, limit = kernel_kills(), self._settings.worker_memory
        killed, self._kernel_kills = kills > self._kernel_kills, kills
        if not worker.is_ready or worker.job is None:
            return False
        if is_out_of_memory("\n".join(worker.words())) or (killed and code == -signal.SIGKILL):
            return True
        return limit is not None and -code in REFUSED and may_exceed(worker.job, limit, worker.at_rest)
