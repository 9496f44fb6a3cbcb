"""Searches that are processes of their own, to be harmed, and the harm that is done to them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from cnnsearch.search.launch import create_study
from cnnsearch.study.events import Happening, TrialChanged
from cnnsearch.study.folder import Study
from cnnsearch.study.settings import checked_settings
from tests.space.helpers import text_of

MOVING = text_of(
    """
    normalization: batch
    stages: {filters: [4, 8], strides: 2, blocks: conv}
    head: {dropout: {low: 0.1, high: 0.5}}
    """,
    """
    batch_size: 8
    optimizer: {sgd: {learning_rate: {low: 0.01, high: 0.1}, momentum: 0.9}}
    schedule: {cosine: {warmup_epochs: 1}}
    augmentation: shift
    early_stopping: {patience: 3}
    """,
    "name: moving\n",
)
"""Everything that moves from epoch to epoch: moments, a schedule, random draws, patience, statistics."""
SLOW = text_of("stages: {filters: [4, 8], blocks: {repeat: 8, conv: {}}}", "batch_size: 1", "name: slow\n")
"""Epochs of some seconds."""
BEGUN = "the command has begun"
COMMAND = (sys.executable, "-c", f"from cnnsearch.cli import main; print({BEGUN!r}, flush=True); main()")


@dataclass(frozen=True)
class Search:
    """A search from the command line; its group of processes is its own, as in a terminal.

    Attributes:
        folder: Where it is called from; `runs` stands in it.
        options: What it is called with, beside the space, the data and the study's name.
        space: The text of its space.
        workers: Trials at a time; what one after the other come to is the same each time.
        data: The argument of `--data`, from that folder.
    """

    folder: Path
    options: str = "--trials 3 --epochs 3"
    space: str = MOVING
    workers: int = 1
    data: str = "digits"

    @property
    def study(self) -> Study:
        return Study(self.folder / "runs" / "harmed")

    @property
    def said(self) -> str:
        """All that its processes have printed so far."""
        return (self.folder / "said.txt").read_text()

    def begin(self) -> "subprocess.Popen[bytes]":
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "space.yaml").write_text(self.space)
        chosen = f"--study harmed --finalists 0 --no-report --workers {self.workers} {self.options}"
        return self.call(f"search space.yaml --data {self.data} {chosen}")

    def resume(self) -> "subprocess.Popen[bytes]":
        return self.call("resume harmed --no-report")

    def call(self, arguments: str) -> "subprocess.Popen[bytes]":
        """Starts `cnnsearch ARGUMENTS`."""
        with (self.folder / "said.txt").open("ab") as said:
            return subprocess.Popen(
                [*COMMAND, *arguments.split()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, process: "subprocess.Popen[bytes]", happens: Callable[[], bool]) -> None:
        """Waits until something holds; the process has to live until then."""
        while not happens():
            assert process.poll() is None, self.said
            time.sleep(0.02)

    def epochs(self) -> int:
        """Epochs recorded so far, those of all trials together."""
        return sum(len(record.curve) for record in self.study.records())


def study_of(folder: Path, space: str = MOVING, **settings: object) -> Study:
    """A study for `run_study`: three trials of three epochs, unless told otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "space.yaml"
    file.write_text(space)
    budget = {"trials": 3, "epochs": 3, "finalists": 0, "workers": 1}
    chosen = {"space": str(file), "data": "digits", **budget, **settings}
    return create_study(checked_settings(chosen), folder / "runs", "harmed", "digits")


def family(pid: int) -> list[psutil.Process]:
    """All processes that a process has started, and those that these have."""
    return psutil.Process(pid).children(recursive=True)


def workers_of(pid: int | None = None) -> list[psutil.Process]:
    """The workers of a driver, by default of this process, in the order in which they were started."""
    children = psutil.Process(pid).children()
    workers = [child for child in children if "cnnsearch.worker" in " ".join(words_of(child))]
    return sorted(workers, key=lambda worker: (worker.create_time(), worker.pid))


def words_of(process: psutil.Process) -> list[str]:
    """How a process was called; nothing once it is gone."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def left_after(seconds: float, processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those of some processes that are alive after so long."""
    return psutil.wait_procs(list(processes), timeout=seconds)[1]


def kill(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Kills a driver, and says what it had started."""
    children = family(process.pid)
    process.kill()
    process.wait()
    return children


class Blows:
    """A watcher that harms the worker of a trial after an epoch of it, while the next is being trained.

    Args:
        harm: What is done to the worker, given its process's number.
        times: How often it is done, by the trial's number.
    """

    def __init__(self, harm: Callable[[int], None], times: dict[int, int]) -> None:
        self._harm, self._left, self._last = harm, dict(times), 0.0

    def __call__(self, happening: Happening) -> None:
        if not isinstance(happening, TrialChanged) or happening.record.result is not None:
            return
        number, curve = happening.record.number, happening.record.curve
        if self._left.get(number) and curve and curve[-1].time > self._last:  # by a worker that is whole
            self._left[number] -= 1
            time.sleep(0.05)  # into the next epoch
            self._harm(workers_of()[-1].pid)
            self._last = time.time()


def signalling(number: signal.Signals) -> Callable[[int], None]:
    """What sends a signal."""
    return lambda pid: os.kill(pid, number)


class Seen:
    """A watcher that keeps all that happens."""

    def __init__(self) -> None:
        self.happenings: list[Happening] = []
        self._lock = threading.Lock()

    def __call__(self, happening: Happening) -> None:
        with self._lock:
            self.happenings.append(happening)
