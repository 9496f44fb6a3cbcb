"""`python -m knowledge.legs`: trains the configurations of each task; those that are trained are kept."""

import argparse
import time
from pathlib import Path

from machine import header
from ruamel.yaml import YAML

import cnnsearch
from cnnsearch.api import StudyResult, resume
from cnnsearch.errors import InfeasibleArchitectureError
from knowledge.points import write_space
from knowledge.tasks import TASKS, Task, prepared

POOL = 90
"""Configurations that are drawn; each task trains the first `TRIALS` of them that fit."""
TRIALS = 40
MOST_MACS, MOST_LAYERS = 15_000_000, 100
"""Limits on what is trained: a network of 190 layers takes longer to trace than to train."""
SMALLEST = {"auto": (8, 8, 1), "signal1d": (24, 1)}
"""The shape on which each must be feasible, by space."""


def main() -> None:
    """Train what is left of the tasks that are asked for."""
    parser = argparse.ArgumentParser(prog="knowledge.legs", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="YAML: the file of each source, by name")
    parser.add_argument("--runs", type=Path, required=True, help="where the studies are")
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS), metavar="TASK")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    places = {name: Path(place) for name, place in YAML(typ="safe").load(options.sources).items()}
    print(header())
    for name in options.only:
        began = time.monotonic()
        trained(TASKS[name], prepared(TASKS[name], options.runs / "data", places), options)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)


def trained(task: Task, data: Path, options: argparse.Namespace) -> None:
    """Train the pool on a task, or what is left of it."""
    path = options.runs / task.name
    if (path / "best" / "metrics.json").exists():
        return
    if path.exists():
        ended(resume(task.name, runs=options.runs, watchers=[]))
        return
    found = cnnsearch.search(
        pool_file(task.space, options.runs),
        data,
        runs=options.runs,
        study=task.name,
        trials=TRIALS,
        epochs=task.epochs,
        sampler="random",
        pruner="none",
        finalists=0,
        workers=options.workers,
        max_macs=MOST_MACS,
        watchers=[],
        **task.reading,
    )
    ended(found)


def ended(found: StudyResult) -> None:
    """End the program if Ctrl-C has interrupted a study; it continues with the next call."""
    if not found.is_finished:
        raise SystemExit(130)


def pool_file(space: str, runs: Path) -> Path:
    """Return a space whose baselines are the pool."""
    file = runs / f"{space}.yaml"
    return file if file.exists() else write_space(space, pool(space), file, max_layers=MOST_LAYERS)


def pool(name: str) -> dict[str, dict[str, object]]:
    """Return the configurations: all shipped baselines, then random points that are feasible."""
    space = cnnsearch.load_space(name)
    points = {name: dict(point) for name, point in space.baselines.items()}
    seed = 0
    while len(points) < POOL:
        candidate = space.sample_random(seed, input_shape=SMALLEST[name], num_classes=10)
        seed += 1
        try:
            cnnsearch.analyze(candidate.architecture)
        except InfeasibleArchitectureError:
            continue
        points[f"random{seed - 1:03d}"] = candidate.params
    return points


if __name__ == "__main__":
    main()
