"""Where a search's seconds go that no network trains in: `python benchmarks/overhead.py [tensorflow|jax]`.

Two searches on the digits with one worker, three epochs a trial: networks of other shapes each time, and one
network with other learning rates, so that its program is used again. All is read from the records.
"""

import contextlib
import io
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from machine import header

from cnnsearch.api import search
from cnnsearch.study.records import TrialRecord

TRIALS, EPOCHS = 20, 3
SHAPES = "plain"
RATES = """
version: 1
name: rates
architecture:
  normalization: batch
  stages: {filters: 32, repeat: 2, blocks: {repeat: 2, conv: {kernel_size: 3}}, downsample: max_pool}
training: {batch_size: 64, optimizer: {adam: {learning_rate: {low: 1e-4, high: 1e-2, log: true}}}}
"""


def main() -> None:
    backend = sys.argv[1] if len(sys.argv) > 1 else "tensorflow"
    print(f"{header()}\nKeras on {backend}; digits, {TRIALS} trials of {EPOCHS} epochs, one worker\n")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rates.yaml"
        file.write_text(RATES)
        rows = {"another shape each time": SHAPES, "a shape seen before": str(file)}
        print("| seconds (median) | " + " | ".join(rows) + " |\n| --- |" + " --- |" * len(rows))
        columns = [figures(space, Path(folder) / name.split()[-1], backend) for name, space in rows.items()]
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(f"{column[name]:.3f}" for column in columns) + " |")


def figures(space: str, runs: Path, backend: str) -> dict[str, float]:
    """The seconds of a search's parts."""
    began = time.time()
    with contextlib.redirect_stdout(io.StringIO()):
        study = search(
            space, "digits", trials=TRIALS, epochs=EPOCHS, pruner="none", baselines="none", workers=1,
            finalists=0, backend=backend, runs=runs, study="overhead",
        )  # fmt: skip
    trials = [record for record in study.study.records() if record.curve and not record.is_reused]
    first, later = trials[0], trials[1:]
    return {
        "from the call to the first trial's begin": first.trial.started - began,
        "from there to the end of its first epoch (the worker comes up)": beginning(first),
        "building and tracing, later trials": statistics.median(
            beginning(trial) - epoch_of(trial) for trial in later
        ),
        "an epoch": statistics.median(map(epoch_of, later)),
        "between a trial's last epoch and the next trial's begin": statistics.median(
            after.trial.started - before.curve[-1].time for before, after in pairwise(trials)
        ),
    }


def beginning(trial: TrialRecord) -> float:
    """From a trial's begin to the end of its first epoch."""
    return trial.curve[0].time - trial.trial.started


def epoch_of(trial: TrialRecord) -> float:
    """A later epoch of a trial."""
    return statistics.median(after.time - before.time for before, after in pairwise(trial.curve))


if __name__ == "__main__":
    main()
