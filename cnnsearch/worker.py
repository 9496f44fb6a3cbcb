"""The process that trains: `python -m cnnsearch.worker`, JSON lines in and out (training/protocol.py).

Standard input and output are reserved for the protocol; output of the libraries goes to standard error.
"""

import argparse
import contextlib
import gc
import os
import queue
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, get_args

from cnnsearch.errors import MissingDependencyError
from cnnsearch.processes import claim_stdout
from cnnsearch.training.backend import Backend, check_installed, environment, load_keras, versions
from cnnsearch.training.protocol import (
    Built,
    EpochReport,
    EpochReports,
    Heartbeat,
    MemberResult,
    Message,
    Precision,
    Ready,
    Shutdown,
    Speeds,
    Suggest,
    Suggestion,
    Train,
    Verdict,
    Verdicts,
    decode_driver_message,
    encode,
)
from cnnsearch.training.store import FolderStore, Store

if TYPE_CHECKING:
    from cnnsearch.training.program import Programs

# TensorFlow's messages can contain complete graphs in the middle; the traceback on standard error is not cut.
_REASON_HEAD, _REASON_TAIL = 200, 400

HEARTBEAT = 5.0
"""Seconds between two heartbeats."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the jobs of a driver until it sends a shutdown.

    Returns:
        The exit status: 0 after a shutdown, 2 if the backend is not installed.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the process group; the driver handles it
    try:
        check_installed(options.backend)
    except MissingDependencyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    os.environ.update(environment(options.backend, options.threads))
    if options.memory is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (options.memory, options.memory))
    assert isinstance(sys.stdin, TextIOWrapper)
    sys.stdin.reconfigure(encoding="utf-8")  # whatever the locale
    driver = DriverConnection(claim_stdout(), _start_reader(sys.stdin))
    _start_heart(driver)
    with contextlib.suppress(_ShutdownRequested):
        _serve(driver, FolderStore(options.study, options.datasets), options.backend, options.precision)
    return 0


class _ShutdownRequested(BaseException):
    """Leave a trial from any wait; a BaseException, so that no `except Exception` catches it."""


@dataclass
class Position:
    """The position within the current epoch, set by the training thread and sent with the heartbeats."""

    trial: int | None = None
    share: float = 0.0

    def heartbeat(self) -> Heartbeat:
        """Return a heartbeat with the position."""
        return Heartbeat(trial=self.trial, share=self.share)


@dataclass(frozen=True)
class DriverConnection:
    """The connection to the driver.

    Args:
        output: The stream of messages to the driver.
        lines: The lines that the driver has written.
        position: The position within the current epoch.
    """

    output: TextIO
    lines: "queue.SimpleQueue[str]"
    position: Position = field(default_factory=Position)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, message: Message) -> None:
        """Send a message immediately."""
        with self._one_at_a_time:
            self.output.write(encode(message))
            self.output.flush()

    def next_job(self) -> Train:
        """Wait for a job."""
        message = self._next()
        assert isinstance(message, Train), message
        return message

    def suggest(self, question: Suggest) -> Suggestion:
        """Request a value and wait for it."""
        self.tell(question)
        message = self._next()
        assert isinstance(message, Suggestion) and message.trial == question.trial, message
        return message

    def judge(self, reports: Sequence[EpochReport]) -> dict[int, Verdict]:
        """Report an epoch of a job's members, and wait for their verdicts."""
        self.position.share = 0.0
        return self._ask(EpochReports(reports=tuple(reports)))

    def allow(self, built: Built) -> Verdict:
        """Report a network, and wait for the verdict."""
        return self._ask(built)[built.trial]

    def _ask(self, question: EpochReports | Built) -> dict[int, Verdict]:
        self.tell(question)
        message = self._next()
        assert isinstance(message, Verdicts), message
        return {verdict.trial: verdict for verdict in message.verdicts}

    def _next(self) -> Train | Verdicts | Suggestion:
        message = decode_driver_message(self.lines.get())
        if isinstance(message, Shutdown):
            raise _ShutdownRequested
        return message


def _serve(driver: DriverConnection, store: Store, backend: Backend, precision: Precision) -> None:
    # Imported here, once per process: the environment must name the backend first.
    keras = load_keras(backend)
    from cnnsearch.training.job import forget_models
    from cnnsearch.training.program import Programs

    gc.freeze()  # excludes everything loaded so far from the collections between trials
    devices = tuple(keras.distribution.list_devices())
    ready = Ready(backend=backend, versions=versions(backend), devices=devices)
    driver.tell(ready)
    programs = Programs()
    while True:
        job = driver.next_job()
        if not ready.is_on_cpu:  # there are no cores to share
            job = job.model_copy(update={"measures": False})
        started, left = time.monotonic(), set(job.trials)
        try:
            for result in _run(job, store, precision, driver, programs):
                left.discard(result.trial)
                driver.tell(result)
        except Exception as error:
            traceback.print_exc()
            for trial in sorted(left):
                driver.tell(_failed(trial, error, time.monotonic() - started))
        forget_models()


def _run(
    job: Train, store: Store, precision: Precision, driver: DriverConnection, programs: "Programs"
) -> Iterator[MemberResult]:
    from cnnsearch.interop.candidates import run_candidates
    from cnnsearch.training.step_clock import StepClock
    from cnnsearch.training.step_counter import StepCounter

    def tell(seconds: Mapping[int, float]) -> None:
        driver.tell(Speeds(trial=job.trials[0], seconds=dict(seconds)))

    def count(share: float) -> None:
        driver.position.share = share

    clocks = [StepClock(tell)] if job.measures else []
    driver.position.trial = job.trials[0]
    try:
        if job.compares:
            from cnnsearch.training.engines.measuring import measure

            measured = measure(job, store, precision)
            driver.tell(measured)
            job = job.model_copy(update={"engine": measured.engine, "compares": ()})
        yield from run_candidates(
            job,
            store,
            precision,
            judge=driver.judge,
            allow=driver.allow,
            suggest=driver.suggest,
            programs=programs,
            callbacks=[*clocks, StepCounter(count)],
        )
    finally:
        driver.position.trial = None
        for clock in clocks:
            clock.release()


def _failed(trial: int, error: Exception, seconds: float) -> MemberResult:
    reason = " ".join("".join(traceback.format_exception_only(error)).split())
    if len(reason) > _REASON_HEAD + _REASON_TAIL:
        reason = f"{reason[:_REASON_HEAD]} ... {reason[-_REASON_TAIL:]}"
    return MemberResult(
        trial=trial,
        outcome="failed",
        epochs=0,
        best_epoch=0,
        metrics={},
        reason=reason,
        seconds=seconds,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cnnsearch.worker", description=__doc__)
    parser.add_argument("--study", type=Path, required=True, help="folder of the study")
    parser.add_argument("--datasets", type=Path, required=True, help="folder of the stored datasets")
    parser.add_argument("--backend", choices=get_args(Backend), default="tensorflow")
    parser.add_argument("--precision", choices=get_args(Precision), default="float32")
    parser.add_argument("--threads", type=int, help="threads to compute with; default: all cores")
    parser.add_argument("--memory", type=int, help="bytes that the process may allocate; default: no limit")
    return parser


def _start_reader(source: TextIO) -> "queue.SimpleQueue[str]":
    """Read the driver's lines in a thread, which ends the process at the end of the input.

    The end of the input means that the driver is gone, so nobody needs the current epoch.
    """
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in source:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, name="driver", daemon=True).start()
    return lines


def _start_heart(driver: DriverConnection) -> None:
    """Send heartbeats from a thread that ends with the process."""

    def beat() -> None:
        while True:
            time.sleep(HEARTBEAT)
            driver.tell(driver.position.heartbeat())

    threading.Thread(target=beat, name="heart", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
