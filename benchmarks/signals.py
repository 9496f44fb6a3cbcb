"""`signal1d` on four UCR series against their usual yardstick, 1-nearest-neighbour dynamic time warping.

    python -m venv aeon-env && aeon-env/bin/pip install aeon
    python benchmarks/signals.py --aeon-python aeon-env/bin/python

The series and the yardstick are the aeon package's, no dependency of this project: aeon 1.6 wants an older
NumPy and pandas, hence an environment of its own. Where it lies beside cnnsearch, leave `--aeon-python` out.

The series are those of the UCR archive that aeon's wheel holds whole, with one channel and of one length, but
for the longest (ACSF1, 1,460 steps; `--series ACSF1` measures it). Train and test are as published. The
search splits a quarter of train off for validation; the neighbour has all of it, and warps without a window,
aeon's default.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from machine import header

SERIES = ["ArrowHead", "GunPoint", "ItalyPowerDemand", "OSULeaf"]
BUDGET = ["--warm-start", "none", "--trials", "12", "--epochs", "150", "--objective", "validation_loss"]
AEON = """
import sys
import numpy as np
from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier
from aeon.datasets import load_classification

name, path = sys.argv[1:]
x, y = load_classification(name, split="train")
x_test, y_test = load_classification(name, split="test")
neighbour = KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="dtw").fit(x, y)
accuracy = np.mean(neighbour.predict(x_test) == y_test)
channels_last = {"x_train": x.swapaxes(1, 2), "x_test": x_test.swapaxes(1, 2)}
np.savez(path, **channels_last, y_train=y.astype(str), y_test=y_test.astype(str), dtw=accuracy)
"""
"""Writes a series' .npz, with the neighbour's test accuracy beside the arrays."""


class Row(NamedTuple):
    """What is measured of one series."""

    name: str
    train_examples: int
    length: int
    classes: int
    neighbour: float
    found: float
    validation: float
    trials: int
    seconds: float


def measured(name: str, options: argparse.Namespace, folder: Path) -> Row:
    """Lets aeon classify a series, then searches for a network that does."""
    file = folder / f"{name}.npz"
    subprocess.run([options.aeon_python, "-W", "ignore", "-c", AEON, name, str(file)], check=True)
    with np.load(file) as arrays:
        count, length, _ = arrays["x_train"].shape
        classes, neighbour = len(np.unique(arrays["y_train"])), float(arrays["dtw"])
    began = time.perf_counter()
    study = searched(file, options.seed, folder / "runs")
    seconds = time.perf_counter() - began
    metrics = json.loads((study / "best" / "metrics.json").read_text())
    states = [json.loads(path.read_text())["state"] for path in study.glob("trials/*/result.json")]
    return Row(
        name,
        count,
        length,
        classes,
        neighbour,
        metrics["test_accuracy"],
        metrics["validation_accuracy"],
        sum(state != "infeasible" for state in states),
        seconds,
    )


def searched(data: Path, seed: int, runs: Path) -> Path:
    """Runs one search and returns the study's folder."""
    command = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "search", "signal1d"]
    places = ["--data", str(data), "--runs", str(runs), "--study", data.stem, "--seed", str(seed)]
    subprocess.run([*command, *BUDGET, *places], check=True, stdout=subprocess.DEVNULL)
    return runs / data.stem


def has_aeon(python: str) -> bool:
    """Whether a Python is there and can import aeon."""
    command = [python, "-c", "import aeon"]
    return bool(shutil.which(python)) and not subprocess.run(command, capture_output=True).returncode


def main() -> None:
    """Parses the options, measures each series and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--aeon-python", default=sys.executable, help="a Python that has aeon")
    parser.add_argument("--series", nargs="+", default=SERIES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not has_aeon(options.aeon_python):
        parser.error(f"{options.aeon_python} has no aeon; install it as `--help` says")
    print(header())
    print(f"cnnsearch search signal1d {' '.join(BUDGET)} --seed {options.seed}\n")
    print("| series | train | length | classes | 1-NN DTW | signal1d | validation | trials | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        rows = [reported(measured(name, options, Path(folder))) for name in options.series]
    print(f"\nbetter than 1-NN DTW on {sum(row.found > row.neighbour for row in rows)} of {len(rows)}")


def reported(row: Row) -> Row:
    """Prints a row as soon as it is there."""
    print(
        f"| {row.name} | {row.train_examples} | {row.length} | {row.classes} | {row.neighbour:.4f} "
        f"| {row.found:.4f} | {row.validation:.4f} | {row.trials} | {row.seconds:.0f} |",
        flush=True,
    )
    return row


if __name__ == "__main__":
    main()
