"""`python -m knowledge.legs`: trains the configurations of each task; those that are trained are kept."""

import argparse
import time
from pathlib import Path

import numpy as np
from machine import header
from ruamel.yaml import YAML

import cnnsearch
from cnnsearch.api import StudyResult, resume
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import costs
from knowledge.points import write_space
from knowledge.tasks import TASKS, Task, prepared

POOL = 90
"""Configurations that are drawn; each task trains the first `TRIALS` of them that fit."""
TRIALS = 40
MOST_LAYERS = 100
"""A network of 190 layers takes longer to trace than to train."""
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
    space = pool_file(task.space, options.runs)
    with np.load(data) as arrays:
        fitting = num_fitting(task, space, arrays["x_train"].shape[1:])
    found = cnnsearch.search(
        space,
        data,
        runs=options.runs,
        study=task.name,
        trials=min(TRIALS, fitting),
        epochs=task.epochs,
        sampler="random",
        pruner="none",
        finalists=0,
        workers=options.workers,
        max_macs=task.most_macs,
        watchers=[],
        **task.reading,
    )
    ended(found)


def num_fitting(task: Task, file: Path, shape: tuple[int, ...]) -> int:
    """Return the number of configurations of the pool that can be trained on examples of a shape."""
    space = cnnsearch.load_space(file)
    limits, found = Constraints({**space.constraints.limits, "max_macs": task.most_macs}), 0
    for point in space.baselines.values():
        candidate = space.sample_random(0, input_shape=shape, num_classes=10, point=point)
        try:
            limits.check(costs(cnnsearch.analyze(candidate.architecture), candidate.training))
        except InfeasibleArchitectureError:
            continue
        found += 1
    return found


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
