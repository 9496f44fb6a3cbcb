"""Runs what is asked for, and prints the table."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import header

import dense
from dense.datasets import ARCHIVES, DATASETS, MINUTES, membranes

RIVAL = "membranes, a U-Net of plain Keras"


def searched(name: str, seed: int, archive: Path, folder: Path) -> dict[str, object]:
    """Search, and return the scores on the test split."""
    arguments = DATASETS[name](archive, folder)
    options = ["--timeout", f"{MINUTES[name]}m", "--seed", str(seed), "--runs", str(folder / "runs")]
    command = [
        sys.executable,
        "-m",
        "cnnsearch",
        "search",
        "auto_dense",
        *arguments,
        *options,
        "--study",
        name,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    study = folder / "runs" / name
    metrics = json.loads((study / "best" / "metrics.json").read_text())
    seconds = json.loads((study / "progress.json").read_text())["seconds"]
    scores = {key: round(score["value"], 4) for key, score in metrics["test"].items()}
    return {"seconds": round(seconds), "test": scores}


def plain_keras(seed: int, archive: Path, folder: Path) -> dict[str, object]:
    """Train a U-Net of base width 16 as long as a search takes, and return its mean IoU on the test split."""
    membranes(archive, folder)
    data, minutes = str(folder / "membranes.npz"), str(MINUTES["membranes"])
    command = [sys.executable, "-m", "dense.plain_unet", data, minutes, str(seed)]
    begun = time.monotonic()
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {"seconds": round(time.monotonic() - begun), **json.loads(told.splitlines()[-1])}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=dense.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*DATASETS, RIVAL]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=names, nargs="+", default=names)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--results", type=Path, default=Path("dense.jsonl"))
    options = parser.parse_args()
    print(header())
    lines = options.results.read_text().splitlines() if options.results.exists() else []
    done = {(row["data"], row["seed"]): row for row in map(json.loads, lines)}
    print("\n| data | seed | seconds | test |\n| --- | --- | --- | --- |")
    for seed in options.seeds:
        for name in options.only:
            archive = options.folder / ARCHIVES["membranes" if name == RIVAL else name]
            if (name, seed) not in done and archive.exists():
                with tempfile.TemporaryDirectory() as folder:
                    run = plain_keras if name == RIVAL else lambda *given, name=name: searched(name, *given)
                    row = {"data": name, "seed": seed, **run(seed, archive, Path(folder))}
                with options.results.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                done[name, seed] = row
            if row := done.get((name, seed)):
                scores = ", ".join(f"{key} {value}" for key, value in row["test"].items())
                print(f"| {name} | {seed} | {row['seconds']} | {scores} |", flush=True)


if __name__ == "__main__":
    main()
