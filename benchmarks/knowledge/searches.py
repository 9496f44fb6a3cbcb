"""`python -m knowledge.searches`: searches of 25 trials on datasets that are left out, which TPE goes on
with.

Each is a study of its own: `cold` (TPE alone), `baselines` (those of the space first, as without experience),
    and `recommended` (the recommendation of the other origins first). Trials have the budget of the legs.
    What each search has reached, trial by trial, is added to searches.jsonl, which `knowledge.evaluate`
    reads; those in it are kept.
"""

import argparse
from pathlib import Path
from typing import Any

from machine import header
from pydantic import BaseModel
from ruamel.yaml import YAML

import cnnsearch
from cnnsearch.api import resume
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialState
from knowledge.legs import MOST_MACS, ended
from knowledge.points import recommended_points, write_space
from knowledge.tasks import FIRST, TASKS, Task, prepared

TRIALS = 25
ARMS = ("cold", "baselines", "recommended")
FILE = Path(__file__).parent / "searches.jsonl"


class Searched(BaseModel):
    """What a search has reached.

    Attributes:
        task: The name of its task.
        arm: The kind of search.
        seed: Its seed.
        values: The validation accuracy of each trial, in order; None for a loss that became infinite.
        seconds: Its duration, with other work on the machine or without.
    """

    task: str
    arm: str
    seed: int
    values: tuple[float | None, ...]
    seconds: float


def read_searches() -> list[Searched]:
    """Return all searches that were made."""
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    return [Searched.model_validate_json(line) for line in lines]


def main() -> None:
    """Run what is left of the searches that are asked for."""
    parser = argparse.ArgumentParser(prog="knowledge.searches", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="YAML: the file of each source, by name")
    parser.add_argument("--runs", type=Path, required=True, help="where the studies are")
    names = [task.name for task in FIRST]
    parser.add_argument("--only", nargs="+", choices=TASKS, default=names, metavar="TASK")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    places = {name: Path(place) for name, place in YAML(typ="safe").load(options.sources).items()}
    print(header())
    for seed in options.seeds:
        for name in options.only:
            data = prepared(TASKS[name], options.runs / "data", places)
            for arm in options.arms:
                if (name, arm, seed) in {(known.task, known.arm, known.seed) for known in read_searches()}:
                    continue
                found = searched(TASKS[name], data, arm, seed, options)
                with FILE.open("a") as file:
                    file.write(found.model_dump_json() + "\n")
                print(f"{name} {arm} {seed}: {found.seconds:.0f} s", flush=True)


def searched(task: Task, data: Path, arm: str, seed: int, options: argparse.Namespace) -> Searched:
    """Run one search, or what is left of it."""
    study = f"{arm}-{task.name}-{seed}"
    if (options.runs / study).exists():
        ended(resume(study, runs=options.runs, watchers=[]))
    else:
        ended(begun(task, data, arm, seed, study, options))
    records = Study(options.runs / study).records()
    trained = [record for record in records if record.state != TrialState.INFEASIBLE and not record.is_reused]
    values = tuple(record.value for record in trained)
    seconds = Study(options.runs / study).seconds
    return Searched(task=task.name, arm=arm, seed=seed, values=values, seconds=seconds)


def begun(
    task: Task, data: Path, arm: str, seed: int, study: str, options: argparse.Namespace
) -> cnnsearch.StudyResult:
    """Begin a search and run it to its end."""
    space: str | Path = task.space
    if arm == "recommended":
        file = options.runs / f"{task.space}-for-{task.name}.yaml"
        space = write_space(
            task.space, recommended_points(task.space, data, task.origin, max_macs=MOST_MACS), file
        )
    settings: dict[str, Any] = {
        "trials": TRIALS,
        "epochs": task.epochs,
        "seed": seed,
        "pruner": "none",
        "finalists": 0,
        "workers": options.workers,
        "max_macs": MOST_MACS,
        "baselines": "none" if arm == "cold" else "all",
        "warm_start": "none",
    }
    return cnnsearch.search(space, data, runs=options.runs, study=study, watchers=[], **settings)


if __name__ == "__main__":
    main()
