"""Ctrl-C during a trial, and `resume`: seconds until the process has ended, and until training goes on.

    python benchmarks/interrupt.py                                 # digits, seven times
    python benchmarks/interrupt.py --data ../shared/data/mnist10k.npz
    python benchmarks/interrupt.py --against ../other              # in turn with another checkout

Training goes on with the end of the first epoch that the resumed process records, so an epoch is included.
Target: the sum is under 8 s.
"""

import argparse
import os
import signal
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from faults import Search
from machine import header

SPACE = """\
version: 1
name: small
architecture:
  stages: {repeat: 2, filters: 8, strides: 2, blocks: conv}
training:
  batch_size: 64
  optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}
"""
OPTIONS = ("--trials", "2", "--epochs", "100000", "--pruner", "none", "--finalists", "0", "--no-report")
AFTER = 2.0
"""Seconds of training before Ctrl-C is pressed."""


def measured(root: Path, data: str, times: int) -> list[tuple[float, float, float]]:
    """For each time: seconds until the end of the process, until training goes on, and of an epoch."""
    os.environ["PYTHONPATH"] = str(root)
    with tempfile.TemporaryDirectory() as folder:
        search = Search(Path(folder), trials=2, space=SPACE)
        (search.folder / "space.yaml").write_text(SPACE)
        search._call("search", "space.yaml", "--data", data, "--study", "harmed", *OPTIONS)
        found = []
        try:
            search.wait_for_epoch()
            for _ in range(times):
                time.sleep(AFTER)
                found.append(pressed(search))
        finally:
            search.process.kill()
            with suppress(ProcessLookupError):
                os.killpg(search.process.pid, signal.SIGKILL)
        return found


def pressed(search: Search) -> tuple[float, float, float]:
    """Press Ctrl-C and resume."""
    begun = time.time()
    os.killpg(search.process.pid, signal.SIGINT)
    search.process.wait()
    ended = time.time()
    search.resume()
    goes_on = search.wait_for_epoch(after=search.resumed)
    curve = [epoch.time for epoch in search.study.records()[0].curve if epoch.time < begun]
    return ended - begun, goes_on - search.resumed, curve[-1] - curve[-2]


def main() -> None:
    """Parse the options and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    parser.add_argument("--times", type=int, default=7, help="how often Ctrl-C is pressed; default 7")
    parser.add_argument("--against", type=Path, help="root of another checkout")
    options = parser.parse_args()
    data = str(Path(options.data).resolve()) if Path(options.data).exists() else options.data
    here = Path(__file__).resolve().parents[1]
    roots = {"this checkout": here} | ({"the other": options.against.resolve()} if options.against else {})
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in roots}
    for _ in range(options.times if len(roots) > 1 else 1):
        for name, root in roots.items():
            found[name] += measured(root, data, 1 if len(roots) > 1 else options.times)
    print(header())
    print(
        f"load {os.getloadavg()[0]:.1f}; {options.data}; medians (longest) of {options.times}, in seconds\n"
    )
    print("| | Ctrl-C to the end | resume to an epoch | sum | of it the epoch |")
    print("| --- | --- | --- | --- | --- |")
    for name, rows in found.items():
        columns = list(zip(*[(end, on, end + on, epoch) for end, on, epoch in rows], strict=True))
        cells = [f"{statistics.median(column):.1f} ({max(column):.1f})" for column in columns]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
