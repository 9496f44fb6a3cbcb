"""What faults cost a search: trials that are lost, and seconds until it goes on with an epoch.

    python benchmarks/faults.py                # every fault three times: about 8 minutes
    python benchmarks/faults.py --times 20 --only "driver killed" "worker killed"

Goal: 0 lost in every row, and under 10 s, the start of a fresh worker included. The silence after which a
worker is held to hang is taken off. A disk is filled only where mounting is allowed.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from machine import header

from cnnsearch.search.executors.local import SILENCE
from cnnsearch.study.folder import Study

COMMAND = (sys.executable, "-c", "from cnnsearch.cli import main; main()")
EPOCHS = 3
SPACE = """\
version: 1
name: small
architecture:
  stages: {filters: [4, 8], blocks: conv}
training:
  batch_size: 4
  optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}
"""
MEMORY = 1_000_000_000
"""Bytes that a worker may allocate where memory is to run out."""


def bursting(times: int) -> str:
    """A space that tries in turn what trains and what needs too much memory, each time a little less."""
    sizes = [3000 - 50 * place for place in range(times)]
    baselines = "".join(
        f"  small{place}: {{stages.filters: 4, batch_size: {32 + place}}}\n"
        f"  huge{place}: {{stages.filters: {size}, batch_size: 1024}}\n"
        for place, size in enumerate(sizes)
    )
    baselines += f"  small{times}: {{stages.filters: 4, batch_size: {32 + times}}}\n"
    return (
        "version: 1\nname: bursting\narchitecture:\n"
        f"  stages: {{filters: {[4, 8, *sizes]}, blocks: conv}}\n"
        f"training:\n  batch_size: {[*range(32, 33 + times), 1024]}\nbaselines:\n{baselines}"
    )


@dataclass
class Search:
    """A search in a process of its own.

    Attributes:
        folder: Where it is called from.
        trials: How many it is to train.
        options: What else it is called with.
        space: The text of its space.
        resumed: When it was gone on with last; seconds since 1970.
    """

    folder: Path
    trials: int
    options: list[str] = field(default_factory=list)
    space: str = SPACE
    resumed: float = 0.0

    @property
    def study(self) -> Study:
        """Its study."""
        return Study(self.folder / "runs" / "harmed")

    def begin(self) -> None:
        """Starts it."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "space.yaml").write_text(self.space)
        budget = ["--trials", str(self.trials), "--epochs", str(EPOCHS)]
        budget += ["--pruner", "none", "--finalists", "0", "--no-report"]
        self._call("search", "space.yaml", "--data", "digits", "--study", "harmed", *budget, *self.options)

    def resume(self) -> None:
        """Waits for the end of the process, and goes on with the study."""
        self.process.wait()
        self.resumed = time.time()
        self._call("resume", "harmed")

    def _call(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def worker(self) -> psutil.Process:
        """The worker that was started last."""
        children = psutil.Process(self.process.pid).children()
        return max((c for c in children if "cnnsearch.worker" in c.cmdline()), key=lambda c: c.create_time())

    def wait_for_epoch(self, after: float = 0.0, trial: int = 0) -> float:
        """When the first epoch was done after a moment, in some trial or a later one; seconds since 1970."""
        while True:
            records = list(self.study.records()) if self.study.path.is_dir() else []
            times = [e.time for r in records if r.number >= trial for e in r.curve if e.time > after]
            if times:
                return min(times)
            if self.process.poll() is not None:
                raise RuntimeError(f"the search has ended with {self.process.returncode}: {self.study.path}")
            time.sleep(0.02)

    def lost(self) -> int:
        """Trials that were not trained to their end, once the search is at its own."""
        self.process.wait()
        return self.trials - self.study.records().counts()["complete"]


def signalled(number: signal.Signals) -> Callable[[Search], None]:
    """Sends the worker a signal."""
    return lambda search: search.worker().send_signal(number)


def driver_killed(search: Search) -> None:
    """Kills the driver, and goes on with its study."""
    search.process.kill()
    search.resume()


def ctrl_c(search: Search) -> None:
    """Presses Ctrl-C, and goes on with the study."""
    os.killpg(search.process.pid, signal.SIGINT)
    search.resume()


def disk_filled(search: Search) -> None:
    """Fills the disk until the search ends, makes room, and goes on."""
    filler = search.folder / "filler"
    state = os.statvfs(search.folder)
    with filler.open("wb", buffering=0) as file:
        file.write(bytes(state.f_bavail * state.f_frsize))
    search.process.wait()
    filler.unlink()
    search.resume()


HARMS: dict[str, Callable[[Search], None]] = {
    "driver killed": driver_killed,
    "Ctrl-C": ctrl_c,
    "worker killed": signalled(signal.SIGKILL),
    "worker's segmentation fault": signalled(signal.SIGSEGV),
    "worker hangs": signalled(signal.SIGSTOP),
    "disk full": disk_filled,
    "MLflow never answers": lambda search: None,
}
WAITED = {"worker hangs": SILENCE}
"""Seconds that the search waits on purpose."""
OUT_OF_MEMORY = "worker out of memory"


def harmed(search: Search, harm: Callable[[Search], None], times: int) -> list[float]:
    """Harms one trial after the other, each in its second epoch; how long it took to go on."""
    seconds = []
    search.begin()
    for trial in range(times):
        search.wait_for_epoch(trial=trial)
        begun = time.time()
        harm(search)
        seconds.append(search.wait_for_epoch(after=max(begun, search.resumed)) - begun)
    return seconds


def burst(search: Search, times: int) -> list[float]:
    """How long it took to go on after each network that was too large."""
    search.begin()
    search.process.wait()
    records = list(search.study.records())
    ends = [r.result.ended for r in records if r.result and r.result.limit == "memory" and r.trial.counts]
    epochs = [epoch.time for record in records for epoch in record.curve]
    return [min(t for t in epochs if t > end) - end for end in ends[:times]]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 16 MB, until the end of the block.

    Raises:
        OSError: Mounting is not allowed.
    """
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        raise OSError("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def tried(name: str, times: int) -> tuple[list[float], int]:
    """Seconds to go on after each time, and the trials lost."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "searched"
        if name == "disk full":
            stack.enter_context(small_disk(folder))
        search = Search(folder, times + 1)
        if name == "MLflow never answers":
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1000))
            search.options = ["--tracking-uri", f"http://127.0.0.1:{listener.getsockname()[1]}"]
        if name == OUT_OF_MEMORY:
            search = Search(folder, times + 1, ["--worker-memory", str(MEMORY)], bursting(times))
            seconds = burst(search, times)
        else:
            seconds = harmed(search, HARMS[name], times)
        return [s - WAITED.get(name, 0.0) for s in seconds], search.lost()


def main() -> None:
    """Parses the options and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    faults = [*HARMS, OUT_OF_MEMORY]
    parser.add_argument("--times", type=int, default=3, help="how often each fault is tried; default 3")
    parser.add_argument("--only", choices=faults, nargs="+", default=faults, metavar="FAULT")
    options = parser.parse_args()
    print(header())
    print("\n| fault | times tried | trials lost | median seconds to recover | longest |")
    print("| --- | --- | --- | --- | --- |")
    for name in options.only:
        try:
            seconds, lost = tried(name, options.times)
        except OSError as error:
            print(f"| {name} | 0: {error} | | | |", flush=True)
            continue
        print(
            f"| {name} | {len(seconds)} | {lost} | {statistics.median(seconds):.1f} | {max(seconds):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
