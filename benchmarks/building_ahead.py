"""Whether one worker gains by building the next network while the present one trains:
`python benchmarks/building_ahead.py [--data DATA] [--networks 8] [--rounds 3]`.

The same random networks of `plain` for each row, five epochs each, with all cores: one after the other; the
next one built in a thread; built and traced there, by a batch of which nothing is kept. Each row has a
process of its own, and the rows take turns. The first network of each row is not counted, for TensorFlow
loads its kernels with it. The last row is what `--workers auto` would do with two cores: two processes on
half of the networks each, one after the other.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from candidates import feasible_for
from engines import ready
from machine import header

from cnnsearch import load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.space import Candidate
from cnnsearch.training.backend import environment

if TYPE_CHECKING:
    from cnnsearch.training.engines.keras_fit import KerasFit

EPOCHS = 5
ONE_BY_ONE, BUILT, TRACED, SHARED = ROWS = (
    "one after the other",
    "the next one built meanwhile",
    "the next one built and traced meanwhile",
    "one after the other, two workers",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--row", choices=ROWS, help="this one alone, in this process")
    parser.add_argument(
        "--part", type=int, nargs=2, default=(0, 1), help="of the networks: which, of how many"
    )
    options = parser.parse_args()
    if options.row:
        os.environ.update(environment("tensorflow"))
        print(seconds(options.row, options.data, options.networks, *options.part))
        return
    print(f"{header()}\n{options.data}, {options.networks} networks, {EPOCHS} epochs; medians\n")
    print("| row | seconds | ratio |\n| --- | --- | --- |")
    rounds = [[measured(row) for row in ROWS] for _ in range(options.rounds)]
    for row, spent in zip(ROWS, zip(*rounds, strict=True), strict=True):
        ratio = statistics.median(mine / first for mine, (first, *_) in zip(spent, rounds, strict=True))
        print(f"| {row} | {statistics.median(spent):.2f} | {ratio:.2f} |")


def measured(row: str) -> float:
    """A row's seconds: those of the slowest of its processes."""
    parts = 2 if row == SHARED else 1
    command = [sys.executable, __file__, *sys.argv[1:], "--row", ONE_BY_ONE if row == SHARED else row]
    running = [
        subprocess.Popen([*command, "--part", str(part), str(parts)], stdout=subprocess.PIPE, text=True)
        for part in range(parts)
    ]
    return max(float(process.communicate()[0].splitlines()[-1]) for process in running)


def seconds(row: str, data: str, networks: int, part: int, parts: int) -> float:
    """What all networks but the first one take, or a part of them."""
    with tempfile.TemporaryDirectory() as folder:
        stored = open_stored(load_data(data).store(Path(folder)))
        found = feasible_for(stored, load_space("plain"), is_limited=True)
        first, *rest = islice(found, networks + 1)
        engines = in_turn(row, [first, *rest[part::parts]], stored)
        train(next(engines))
        began = time.perf_counter()
        for engine in engines:
            train(engine)
        return time.perf_counter() - began


def in_turn(row: str, candidates: list[Candidate], data: StoredData) -> Iterator["KerasFit"]:
    """The engines, each given out when the one before it has trained."""
    if row == ONE_BY_ONE:
        yield from (built(candidate, data) for candidate in candidates)
        return
    make = traced if row == TRACED else built
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(make, candidates[0], data)
        for following in [*candidates[1:], None]:
            engine = coming.result()
            if following:
                coming = thread.submit(make, following, data)
            yield engine


def built(candidate: Candidate, data: StoredData) -> "KerasFit":
    return ready(candidate, data, EPOCHS)[1]


def traced(candidate: Candidate, data: StoredData) -> "KerasFit":
    """An engine whose network has seen a batch, and was put back to where it stood."""
    program, engine = ready(candidate, data, EPOCHS)
    weights = [np.array(each) for each in program.model.get_weights()]
    program.model.fit(engine._train.in_order(np.arange(len(data.train.x)), 0), steps_per_epoch=1, verbose=0)
    engine.validate()
    program.begin_again(weights, candidate.training)
    return engine


def train(engine: "KerasFit") -> None:
    for _ in range(EPOCHS):
        engine.run_epoch()


if __name__ == "__main__":
    main()
