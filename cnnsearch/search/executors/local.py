"""Jobs on this machine: long-lived workers, monitored, and replaced after a time.

A worker is a separate process, started as `python -m cnnsearch.worker`; a crash in it costs one job.
"""

import queue
import signal
import time
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from cnnsearch.cores import can_choose_cores, num_cores
from cnnsearch.durations import duration
from cnnsearch.errors import SearchError
from cnnsearch.processes import ending
from cnnsearch.search.executors.accelerator import AcceleratorSharing
from cnnsearch.search.executors.base import Cause, Died, Event, Shared
from cnnsearch.search.executors.worker_count import (
    most_in_memory,
    threads_of,
    workers_description,
    workers_for,
)
from cnnsearch.search.executors.worker_process import Lines, WorkerProcess
from cnnsearch.search.memory import FIRST_PROGRAM, is_out_of_memory, kernel_kills, may_exceed
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TOOK_TOO_LONG
from cnnsearch.study.settings import Settings
from cnnsearch.training.protocol import (
    EngineMeasured,
    EpochReports,
    Heartbeat,
    MemberResult,
    Message,
    Ready,
    Speeds,
    Suggestion,
    Train,
    Verdict,
    Verdicts,
    decode_worker_message,
)

SILENCE = 60.0
"""Seconds without a message after which a worker is killed: it sends one every 5 seconds."""
MOST_JOBS = 100
"""Jobs after which a worker is replaced: Keras's memory grows from trial to trial."""
MOST_GROWTH = 1.4
"""... or once it holds this multiple of its memory after the first trials."""
FIRST_JOBS = 2
MOST_THREADS = 2
"""... or if it was started with more than this multiple of its share of the cores."""
REFUSED = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)
"""Signals that can end a process whose memory allocation failed."""
ASLEEP = 10.0
"""Seconds between two checks of the workers that can pass only if the driver itself was suspended."""


class LocalExecutor:
    """Worker processes on this machine, each started in advance or with the first job that needs it.

    Args:
        settings: The backend, the precision, the number of workers, and their time and memory limits.
        study: The folders that the workers use in place.
    """

    def __init__(self, settings: Settings, study: Study) -> None:
        self._settings, self._study = settings, study
        is_alone = settings.engine == "compiled"  # whose groups use the whole machine
        self._is_settled = settings.workers != "auto" or is_alone or not can_choose_cores()
        self._share = settings.num_workers
        self._sharing: AcceleratorSharing | None = None
        self._reported = set[int]()
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
        return max(0, self._share - sum(worker.job is not None for worker in self._workers))

    def warm_up(self, trials: int | None = None) -> None:
        """Start the first worker, and a second one where several may share the cores; see `Executor`."""
        wanted = 1 if self._is_settled or trials == 1 else 2
        while trials != 0 and len(self._spares) < wanted:
            self._spares.append(self._new(threads_of(wanted if self._spares else self._share)))

    def submit(self, job: Train) -> None:
        idle = (worker for worker in self._workers if worker.job is None)
        worker = next(idle, None) or self._start()
        measures = not self._is_settled and job.engine == "fit" and not job.compares
        worker.begin(job.model_copy(update={"measures": True}) if measures else job)
        if self._is_worn(worker) and not self._spares:
            self._spares.append(self._new(threads_of(self._share)))  # starts while this trial trains

    def events(self, timeout: float) -> Iterator[Event]:
        try:
            said = self._lines.get(timeout=timeout)
            while True:
                event = self._event(*said) if said else None
                if event is not None:
                    yield event
                    yield from self._shared(event)
                said = self._lines.get_nowait()
        except queue.Empty:
            pass
        yield from self._overdue()

    def wake(self) -> None:
        self._lines.put(None)

    def reply(self, verdicts: Sequence[Verdict]) -> None:
        self._send(verdicts[0].trial, Verdicts(verdicts=tuple(verdicts)))

    def suggest(self, suggestion: Suggestion) -> None:
        self._send(suggestion.trial, suggestion)

    def close(self, *, at_once: bool = False) -> None:
        for worker in (*self._workers, *self._spares):
            worker.end(at_once or worker.job is not None or not worker.is_ready)
        self._workers.clear()
        self._spares.clear()

    def _send(self, trial: int, message: Message) -> None:
        for worker in self._workers:
            if worker.job is not None and trial in worker.job.trials:
                worker.send(message)

    def _new(self, threads: int | None) -> WorkerProcess:
        return WorkerProcess(self._settings, self._study, threads, self._lines)

    def _start(self) -> WorkerProcess:
        worker = self._spares.pop(0) if self._spares else self._new(threads_of(self._share))
        self._workers.append(worker)
        return worker

    def _event(self, worker: WorkerProcess, line: str | None) -> Event | None:
        if worker not in self._workers and worker not in self._spares:
            return None  # it was killed by this executor; its remaining messages are obsolete
        if line is None:
            return self._died(worker)
        try:
            message = decode_worker_message(line)
        except ValidationError as error:
            reason = f"malformed message from the worker: {line[:200]!r} ({error.error_count()} errors)"
            return self._ended(worker, reason, "crash")
        if isinstance(message, Heartbeat):
            return None if message.trial is None else message
        if isinstance(message, Speeds):
            return self._settle(worker, message)
        if isinstance(message, Ready):
            worker.at_rest = worker.allocated
            if not self._has_come_up:
                self._check_room(worker)
            worker.is_ready = self._has_come_up = True
            if not message.is_on_cpu and not self._is_settled:
                self._settle_for(1)  # until epochs have been measured
                self._sharing = AcceleratorSharing(num_cores())
        elif isinstance(message, MemberResult):
            return self._end(worker, message)
        return message

    def _settle(self, first: WorkerProcess, speeds: Speeds) -> Shared | None:
        """Decide how many workers share the cores."""
        if self._is_settled:
            return None
        seconds = speeds.seconds
        self._settle_for(workers_for(seconds, most_in_memory(first.memory)))
        of_a_share = seconds[max(seconds) // self._share]
        return Shared(self._share, workers_description(seconds, self._share), speeds.trial, of_a_share)

    def _shared(self, event: Event) -> Iterator[Shared]:
        """Learn from an event how many trials share the accelerator; reports the number when it is known."""
        sharing = self._sharing
        if sharing is None:
            return
        if isinstance(event, EpochReports):
            trial, seconds = event.reports[0].trial, event.reports[0].step_seconds
            self._reported.update(report.trial for report in event.reports)
            busy = [worker.left for worker in self._workers if worker.job is not None]
            training = [left[0] for left in busy if left and left[0] in self._reported]
            largest = max(worker.memory for worker in self._workers)
            sharing.cap(len(busy) - 1 + most_in_memory(largest))
            sharing.report(trial, seconds, training, len(busy))
        elif isinstance(event, EngineMeasured) and event.engine == "compiled":
            trial, seconds = event.trial, None
            sharing.limit(1)  # its groups use the whole accelerator
        else:
            return
        self._share = sharing.allowed
        if sharing.is_settled:
            self._sharing = None
            if seconds is not None:
                yield Shared(self._share, sharing.description(), trial, seconds)

    def _settle_for(self, workers: int) -> None:
        """Set the number of workers, and remove surplus spare workers."""
        self._share, self._is_settled = workers, True
        for spare in self._spares[max(0, workers - len(self._workers)) :]:
            self._take_out(spare)

    def _end(self, worker: WorkerProcess, result: MemberResult) -> Event:
        """Record the end of a trial; a failure in a job of several may be another member's, so it is lost."""
        is_alone = worker.job is None or len(worker.job.members) == 1
        worker.end_trial(result)
        if worker.job is None:
            self._retire_or_keep(worker)
        if result.outcome == "failed" and self._has_no_room(result.reason):
            return Died((result.trial,), result.reason)
        is_lost = result.outcome == "failed" and not is_alone
        return Died((result.trial,), result.reason) if is_lost else result

    def _has_no_room(self, reason: str) -> bool:
        """Return whether trials that share the accelerator fill the memory; one less is then allowed."""
        if self._sharing is None or self._sharing.allowed == 1 or not is_out_of_memory(reason):
            return False
        self._sharing.limit(self._sharing.allowed - 1)
        self._share, self._sharing = self._sharing.allowed, None
        return True

    def _retire_or_keep(self, worker: WorkerProcess) -> None:
        """Keep a worker after its job, or replace it if it is worn and there is a spare."""
        if worker.jobs <= FIRST_JOBS:
            self._first_memory[worker] = max(self._first_memory.get(worker, 0), worker.memory)
        is_replaceable = self._is_worn(worker) and bool(self._spares)
        if is_replaceable or worker.has_failed:  # a failure may have left the worker damaged
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
        """Kill the workers that hang, and those whose trial exceeds its time limit."""
        limit, now = self._settings.trial_timeout, time.monotonic()
        if now - self._looked > ASLEEP:  # messages of the meantime may not have been read yet
            self._awake_since = now
        self._looked = now
        for worker in self._workers[:]:
            if worker.job is None:
                continue
            if limit is not None and now - worker.begun > limit * len(worker.job.members):
                event = self._ended(worker, f"{TOOK_TOO_LONG} {duration(limit)}", "time")
            elif now - max(worker.heard, self._awake_since) > SILENCE:
                event = self._ended(worker, f"no message from the worker for {duration(SILENCE)}", "silence")
            else:
                continue
            if event is not None:
                yield event

    def _ended(self, worker: WorkerProcess, reason: str, cause: Cause) -> Event | None:
        job, worker.job = worker.job, None
        self._take_out(worker)
        return Died(worker.left, reason, cause) if job else None

    def _died(self, worker: WorkerProcess) -> Event | None:
        """Remove a dead worker; the next trial starts a new one."""
        code = worker.process.wait()
        if not worker.is_ready and not self._has_come_up:
            self._give_up_or_go_on(worker, code)
        if self._lacked_memory(worker, code):
            reason = f"the worker ran out of memory: {ending(code)}"
            return self._ended(worker, reason, "crash" if self._has_no_room(reason) else "memory")
        return self._ended(worker, f"the worker ended: {ending(code)}", "crash")

    def _give_up_or_go_on(self, worker: WorkerProcess, code: int) -> None:
        """Raise if a worker exits, or a second one is killed, before any worker has started."""
        if code >= 0 or self._stillborn:
            words, memory = worker.words() or ["none"], self._settings.worker_memory
            limit = f"; --worker-memory limits it to {memory / 1e6:,.0f} MB" if memory else ""
            raise SearchError(
                f"a worker could not start ({ending(code)}); the last line of its output: {words[-1]}{limit}"
            )
        self._stillborn += 1

    def _check_room(self, worker: WorkerProcess) -> None:
        """Raise if the memory limit allows a worker to start but not to train any network."""
        limit, needed = self._settings.worker_memory, worker.at_rest + FIRST_PROGRAM
        if limit is not None and needed > limit:
            raise SearchError(
                f"a worker could not start a trial: it needs {needed / 1e6:,.0f} MB before the network's own "
                f"memory; --worker-memory limits it to {limit / 1e6:,.0f} MB"
            )

    def _lacked_memory(self, worker: WorkerProcess, code: int) -> bool:
        """Return whether a worker died because its trial needed too much memory."""
        kills, limit = kernel_kills(), self._settings.worker_memory
        killed, self._kernel_kills = kills > self._kernel_kills, kills
        if not worker.is_ready or worker.job is None:
            return False
        if is_out_of_memory("\n".join(worker.words())) or (killed and code == -signal.SIGKILL):
            return True
        return (
            limit is not None and -code in REFUSED and may_exceed(worker.left_members, limit, worker.at_rest)
        )
