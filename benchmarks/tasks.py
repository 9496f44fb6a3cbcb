"""What a search reaches for tagging and regression: `python benchmarks/tasks.py [--bccd bccd.zip]`.

- tags: five tags of the embedded digits (even, above four, has a closed loop, is 2, 3 or 5, is 1, 4 or 7)
- angle: the digits, three times as large and rotated by 0 to 90 degrees, predicted in degrees
- cells: red cells, white cells and platelets in a picture of blood (BCCD, MIT; only with --bccd)
- annotated_cells: the same, without the pictures whose red cells are not annotated: 15 of 364 show as many
  red cells as the others but have no box around any, which limits R² of red cells to 0.70 for a perfect count
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from machine import header
from scipy.ndimage import rotate
from sklearn.datasets import load_digits

KINDS = {"RBC": "red", "WBC": "white", "Platelets": "platelets"}


def tags(folder: Path, _: Path | None) -> list[str]:
    """Write the tagged digits."""
    x, y = digits()
    groups = (y % 2 == 0, y > 4, np.isin(y, (0, 6, 8, 9)), np.isin(y, (2, 3, 5)), np.isin(y, (1, 4, 7)))
    np.savez(folder / "tags.npz", x=x, y=np.stack(groups, axis=1).astype(np.uint8))
    return ["--data", str(folder / "tags.npz"), "--timeout", "3m"]


def angle(folder: Path, _: Path | None) -> list[str]:
    """Write the rotated digits."""
    x, _ = digits()
    degrees = np.random.default_rng(0).uniform(0, 90, len(x))
    enlarged = np.kron(x, np.ones((1, 3, 3)))
    turned = [rotate(one, by, reshape=False, order=1) for one, by in zip(enlarged, degrees, strict=True)]
    np.savez(folder / "angle.npz", x=np.clip(turned, 0, 255).astype(np.uint8), y=degrees.astype(np.float32))
    return ["--data", str(folder / "angle.npz"), "--timeout", "3m"]


def cells(folder: Path, archive: Path | None, *, is_annotated: bool = False) -> list[str]:
    """Unpack the pictures of blood, and write a manifest of how many cells of each kind they show."""
    assert archive is not None
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    (root,) = {path.parent.parent for path in folder.rglob("Annotations/*.xml")}
    with (root / "counts.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", *KINDS.values()])
        for annotation in sorted(root.glob("Annotations/*.xml")):
            boxes = ElementTree.parse(annotation).getroot().iter("object")
            counts = Counter(box.findtext("name") for box in boxes)
            if counts["RBC"] or not is_annotated:
                table.writerow([f"JPEGImages/{annotation.stem}.jpg", *(counts[kind] for kind in KINDS)])
    columns = f"label={','.join(KINDS.values())}"
    data = ["--data", str(root / "counts.csv"), "--columns", columns, "--image-size", "120x160"]
    return [*data, "--timeout", "10m"]


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits, uint8, and their classes."""
    found = load_digits()
    return (found.images * 15.9).astype(np.uint8), found.target


DATASETS: dict[str, Callable[[Path, Path | None], list[str]]] = {
    "tags": tags,
    "angle": angle,
    "cells": cells,
    "annotated_cells": partial(cells, is_annotated=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bccd", type=Path, help="bccd.zip, of Shenggan/BCCD_Dataset")
    parser.add_argument("--only", choices=DATASETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    print(header())
    print("\n| data | seed | seconds | test scores | details |\n| --- | --- | --- | --- | --- |")
    for name in [options.only] if options.only else DATASETS:
        if name.endswith("cells") and options.bccd is None:
            continue
        for seed in options.seeds:
            with tempfile.TemporaryDirectory() as folder:
                print(row(name, seed, Path(folder), options.bccd), flush=True)


def row(name: str, seed: int, folder: Path, archive: Path | None) -> str:
    """Search a dataset, and return the line of the table."""
    arguments = DATASETS[name](folder, archive)
    options = ["--seed", str(seed), "--runs", str(folder / "runs"), "--study", name]
    options += ["--warm-start", "none"]  # the shipped experience has pictures of these data
    command = [sys.executable, "-m", "cnnsearch", "search", "auto", *arguments, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    study = folder / "runs" / name
    metrics = json.loads((study / "best" / "metrics.json").read_text())
    seconds = json.loads((study / "progress.json").read_text())["seconds"]
    scores = ", ".join(f"{key} {score['value']:.4g}" for key, score in metrics["test"].items())
    columns = metrics["details"].get("per_column", {})
    details = ", ".join(f"R² of {key} {of['r2']:.3f}" for key, of in columns.items())
    return f"| {name} | {seed} | {seconds:.0f} | {scores} | {details} |"


if __name__ == "__main__":
    main()
