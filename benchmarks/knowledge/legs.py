"""`python -m knowledge.legs`: trains the configurations of each task; those that are trained are kept."""

import argparse
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from machine import header
from ruamel.yaml import YAML

import cnnsearch
from cnnsearch.api import StudyResult, resume
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.space.candidate import Baseline
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import costs
from knowledge.points import best_of_searches, write_space
from knowledge.tasks import FIRST, TASKS, Task, prepared

POOL = 90
"""Configurations that are drawn; each task trains the first `TRIALS` of them that fit."""
TRIALS = 40
FOUND = "found-"
"""The beginning of the names of studies that train what searches have found."""
MOST_LAYERS = 100
"""A network of 190 layers takes longer to trace than to train."""
SMALLEST = {"auto": (8, 8, 1), "signal1d": (24, 1)}
"""The shape on which each must be feasible, by space."""
Points = Mapping[str, Baseline]


def main() -> None:
    """Train what is left of the tasks that are asked for."""
    parser = argparse.ArgumentParser(prog="knowledge.legs", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="YAML: the file of each source, by name")
    parser.add_argument("--runs", type=Path, required=True, help="where the studies are")
    parser.add_argument("--only", nargs="+", choices=TASKS, default=list(TASKS), metavar="TASK")
    parser.add_argument("--found", action="store_true", help="train what searches of other data have found")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    places = {name: Path(place) for name, place in YAML(typ="safe").load(options.sources).items()}
    print(header())
    for task in (TASKS[name] for name in options.only):
        began, points = time.monotonic(), found(task) if options.found else drawn(task.space)
        if points:
            name = f"{FOUND}{task.name}-{len(points)}" if options.found else task.name
            train(name, task, points, prepared(task, options.runs / "data", places), options)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)


def train(name: str, task: Task, points: Points, data: Path, options: argparse.Namespace) -> None:
    """Train points on a task in a study of a name, or what is left of it."""
    path = options.runs / name
    if (path / "best" / "metrics.json").exists():
        return
    if path.exists():
        ended(resume(name, runs=options.runs, watchers=[]))
        return
    space = write_space(task.space, points, options.runs / f"{name}.yaml", max_layers=MOST_LAYERS)
    with np.load(data) as arrays:
        fitting = num_fitting(task, space, arrays["x_train"].shape[1:])
    if not fitting:
        return
    searched = cnnsearch.search(
        space,
        data,
        runs=options.runs,
        study=name,
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
    ended(searched)


def num_fitting(task: Task, file: Path, shape: tuple[int, ...]) -> int:
    """Return the number of configurations of the pool that can be trained on examples of a shape."""
    space = cnnsearch.load_space(file)
    limits, count = Constraints({**space.constraints.limits, "max_macs": task.most_macs}), 0
    for point in space.baselines.values():
        candidate = space.sample_random(0, input_shape=shape, num_classes=10, point=point)
        try:
            limits.check(costs(cnnsearch.analyze(candidate.architecture), candidate.training))
        except InfeasibleArchitectureError:
            continue
        count += 1
    return count


def ended(found: StudyResult) -> None:
    """End the program if Ctrl-C has interrupted a study; it continues with the next call."""
    if not found.is_finished:
        raise SystemExit(130)


@cache
def drawn(name: str) -> Points:
    """Return the points that are trained on every task: the shipped baselines, then random ones that are
    feasible."""
    space = cnnsearch.load_space(name)
    points: dict[str, Baseline] = dict(space.baselines)
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


def found(task: Task) -> Points:
    """Return the best points of each search of data of other origins, by name."""
    spaces = {each.origin: each.space for each in FIRST}
    return {
        f"{experience.origin}_{key}": configuration.params
        for experience in best_of_searches()
        if experience.origin != task.origin and spaces[experience.origin] == task.space
        for key, configuration in experience.configurations.items()
    }


if __name__ == "__main__":
    main()
