"""How well the baselines of a space begin: `python benchmarks/baselines.py [--data NAME=PATH ...]`.

Each baseline that fits a dataset is trained on a fraction of an epoch of it, and on a full pass, without
augmentation, as a planned search trains on its lower rungs; small datasets are passed several times. Prints
validation accuracy and seconds.
"""

import argparse
import os
import tempfile
from pathlib import Path

from anytime.datasets import prepared
from machine import header
from single import train_once

from cnnsearch import analyze, load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.data.store import StoredData
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.training.backend import environment

DATASETS = ("digits",)
LENGTHS = (8_000, 32_000)
SLOWEST_MACS = 40_000_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", action="append", default=[], metavar="NAME=PATH", help="as of `anytime`")
    parser.add_argument("--datasets", nargs="+", default=DATASETS)
    parser.add_argument("--spaces", nargs="+", default=["auto", "plain"])
    parser.add_argument("--examples", nargs="+", type=int, default=LENGTHS, help="seen by a training")
    parser.add_argument("--most-macs", type=int, default=SLOWEST_MACS, help="larger networks are left out")
    parser.add_argument("--folder", type=Path, help="keeps datasets that are made")
    options = parser.parse_args()
    os.environ.update(environment("tensorflow"))
    sources = {name: Path(path) for name, _, path in (given.partition("=") for given in options.data)}
    print(header())
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        stored = {name: stored_data(name, folder, sources) for name in options.datasets}
        for space in options.spaces:
            print_table(space, stored, options.examples, options.most_macs)


def stored_data(name: str, folder: Path, sources: dict[str, Path]) -> StoredData:
    """A dataset, split as a search splits it."""
    place = folder / "stored" / name
    place.mkdir(parents=True, exist_ok=True)
    return open_stored(load_data(prepared(name, folder, sources), cache=place).store(place))


def print_table(space: str, stored: dict[str, StoredData], lengths: tuple[int, ...], most_macs: int) -> None:
    """A row for each baseline; in each cell the accuracies of the lengths and the seconds of the longest."""
    print(f"\n{space}: validation accuracy after {', '.join(f'{n:,}' for n in lengths)} examples\n")
    print(f"| baseline | {' | '.join(stored)} |\n| --- |{' --- |' * len(stored)}")
    for name in load_space(space).baselines:
        found = [cell(space, name, data, lengths, most_macs) for data in stored.values()]
        print(f"| {name} | {' | '.join(found)} |", flush=True)


def cell(space: str, name: str, data: StoredData, lengths: tuple[int, ...], most_macs: int) -> str:
    """What a baseline reaches on a dataset; a dash where it does not fit or is too large."""
    summary = data.summary
    try:
        candidate = load_space(space).sample_random(
            0, input_shape=summary.input_shape, num_classes=len(summary.labels), baseline=name
        )
        if analyze(candidate.architecture).macs > most_macs:
            return "-"
    except InfeasibleArchitectureError:
        return "-"
    plan = candidate.training.model_copy(update={"augmentation": ()})
    results = [train_once(candidate, plan, data, length) for length in lengths]
    accuracies = ", ".join(f"{result['validation_accuracy']:.3f}" for result in results)
    return f"{accuracies} ({results[-1]['seconds']:.0f} s)"


if __name__ == "__main__":
    main()
