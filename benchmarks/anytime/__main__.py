"""Runs the legs that are asked for, then prints the table and draws the curves."""

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.cli import command_without
from machine import header
from peers.datasets import write
from peers.running import watch

from anytime.datasets import NAMES, prepared
from anytime.plot import TOOLS, draw
from cnnsearch import load_data
from cnnsearch.search.cost_model import matrix_rate
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, best_first
from cnnsearch.training.backend import environment

HERE = Path(__file__).resolve().parent
BUDGETS = {"cifar10": (120, 720, 3600), "fashion": (60, 300, 1800), "digits": (30, 60, 180)}
FLOOR = (30, 60, 120)
STUDY = "leg"
ARGUMENTS = {
    "cnnsearch": ("--warm-start", "none"),
    "recommended": (),
    "unaided": ("--warm-start", "none", "--baselines", "none"),
}
Result = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=PATH", help="where a dataset's source is"
    )
    parser.add_argument("--datasets", nargs="+", default=list(NAMES), choices=NAMES)
    parser.add_argument("--budgets", nargs="+", type=float, help="seconds; by default each dataset's own")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--tools", nargs="+", default=TOOLS[:2], choices=TOOLS)
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    sources = {name: Path(path) for name, _, path in (given.partition("=") for given in options.data)}
    print(header())
    for name in options.datasets:
        for budget in options.budgets or BUDGETS.get(name, FLOOR):
            for seed in options.seeds:
                for tool in options.tools:
                    run(tool, name, budget, seed, options.results, sources)
    results = [json.loads(file.read_text()) for file in sorted(options.results.glob("*.json"))]
    print("\n".join(table(results)))
    draw(results, options.results / "anytime.png")


def run(tool: str, name: str, budget: float, seed: int, results: Path, sources: dict[str, Path]) -> None:
    """Runs a leg unless its file is there."""
    file = results / f"{name}-{budget:g}-{seed}-{tool}.json"
    if file.exists():
        return
    data, work = prepared(name, results / "data", sources), results / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    if tool == "tutorial":
        found = by_tutorial(data, budget, seed, work, results)
    else:
        found = by_cnnsearch(tool, name, data, budget, seed, work)
    leg = {"tool": tool, "dataset": name, "budget": budget, "seed": seed, **found}
    file.write_text(json.dumps(leg))
    print(json.dumps(leg), flush=True)


def by_cnnsearch(tool: str, name: str, data: str, budget: float, seed: int, work: Path) -> Result:
    """The command line as a user gives it; what the bundle has, and what the records say of the time.

    The shipped experience has most of these datasets; `recommended` leaves their origin out.
    """
    rate, began = matrix_rate(), time.time()
    command = command_without(name) if tool == "recommended" else [sys.executable, "-m", "cnnsearch"]
    command += ["search", "auto", *ARGUMENTS[tool]]
    command += ["--data", data, "--timeout", f"{budget:g}s", "--seed", str(seed)]
    peak = _watched([*command, "--runs", str(work), "--study", STUDY], work)
    wall = time.time() - began
    study = Study(work / STUDY)
    metrics, records = json.loads((study.best / "metrics.json").read_text()), list(study.records())
    trained = [record for record in records if record.curve]
    operations = sum(6.0 * record.trial.counts.get("macs", 0) * record.length for record in trained)
    return {
        "validation": metrics["validation_accuracy"],
        "test": metrics["test_accuracy"],
        "seconds": wall,
        "trainings": sum(bool(record.curve) for record in records),
        "matrix_share": operations / wall / max(rate, matrix_rate()),
        "peak_mb": peak / 1e6,
        "champions": list(champions(trained, began)),
    }


def champions(records: list[TrialRecord], began: float) -> Iterator[tuple[float, float]]:
    """When a search had another champion, in seconds from its start, and its validation accuracy."""
    ended = sorted((r for r in records if r.result), key=lambda record: record.result.ended)
    leader = -1
    for count, record in enumerate(ended, 1):
        ranking = best_first(ended[:count], "maximize")
        if ranking and ranking[0].number != leader:
            leader = ranking[0].number
            yield record.result.ended - began, ranking[0].value


def by_tutorial(data: str, budget: float, seed: int, work: Path, results: Path) -> Result:
    """The tutorial's network for the same seconds."""
    if not Path(data).is_dir():  # the same splits as the search has
        file = results / "data" / f"{Path(data).stem}-split-{seed}.npz"
        if not file.exists():
            write(load_data(data, seed=seed), file)
        data = str(file)
    leg = {"data": data, "seconds": budget, "seed": seed, "began": time.time(), "out": str(work / "out.json")}
    (work / "leg.json").write_text(json.dumps(leg))
    peak = _watched([sys.executable, "-m", "anytime.tutorial", str(work / "leg.json")], work)
    found: Result = json.loads((work / "out.json").read_text())
    return {**found, "peak_mb": peak / 1e6}


def _watched(command: list[str], work: Path) -> int:
    path = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    variables = {**os.environ, **environment("tensorflow"), "PYTHONPATH": path}
    return watch(command, variables, work / "said.txt", " ".join(command))


def table(results: list[Result]) -> Iterator[str]:
    """Median test accuracies, with the least and the greatest of cnnsearch's, by dataset and budget."""
    names = ("dataset", "seconds", *TOOLS, "least, greatest", "share of matrix rate", "peak MB")
    yield f"| {' | '.join(names)} |"
    yield f"|{' --- |' * len(names)}"
    places = sorted({(leg["dataset"], leg["budget"]) for leg in results})
    for name, budget in places:
        here = [leg for leg in results if (leg["dataset"], leg["budget"]) == (name, budget)]
        legs = {tool: [leg for leg in here if leg["tool"] == tool] for tool in TOOLS}
        medians = " | ".join(_median([leg["test"] for leg in legs[tool]]) for tool in TOOLS)
        tests = sorted(leg["test"] for leg in legs["cnnsearch"])
        shares = [leg["matrix_share"] for leg in legs["cnnsearch"]]
        peaks = " / ".join(_median([leg["peak_mb"] for leg in legs[tool]], 0) for tool in TOOLS[:2])
        yield (
            f"| {name} | {budget:g} | {medians} | {f'{tests[0]:.4f}, {tests[-1]:.4f}' if tests else '-'} "
            f"| {_median(shares, 2)} | {peaks} |"
        )


def _median(values: list[float], digits: int = 4) -> str:
    return f"{statistics.median(values):.{digits}f} ({len(values)})" if values else "-"


if __name__ == "__main__":
    main()
