"""`python -m knowledge.searches`: searches of 25 trials on datasets whose origin is left out.

Each is a study of its own: `cold` (TPE alone), `baselines` (those of the space first, as without
experience), and `recommended` (the recommendation of the other origins first). Trials have the budget of
the legs. The results of each search are added to searches.jsonl, which `knowledge.evaluate` reads;
searches that are in it are not repeated.
"""

import argparse
from pathlib import Path

from machine import header
from pydantic import BaseModel
from ruamel.yaml import YAML

from cnnsearch.data import Dataset
from cnnsearch.knowledge.experience import experience_of
from cnnsearch.knowledge.pack import write_pack
from cnnsearch.search.launch import create_study, run_study
from cnnsearch.space import Space
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialState
from cnnsearch.study.settings import Settings, checked_settings
from cnnsearch.study.warm_start import WarmStart
from knowledge.points import SEARCHED, searched_experiences, warm_start_without
from knowledge.tasks import FIRST, TASKS, Task, prepared

TRIALS = 25
ARMS = ("cold", "baselines", "recommended")
FILE = Path(__file__).parent / "searches.jsonl"


class Searched(BaseModel):
    """What a search has reached.

    Attributes:
        task: The name of its task.
        fingerprint: The hash of the data.
        arm: The kind of search.
        seed: Its seed.
        values: The validation accuracy of each trial, in order; None for a loss that became infinite.
        seconds: Its duration, with other work on the machine or without.
    """

    task: str
    fingerprint: str
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
                keep(Study(options.runs / f"{arm}-{name}-{seed}"), TASKS[name].origin)
                print(f"{name} {arm} {seed}: {found.seconds:.0f} s", flush=True)


def keep(study: Study, origin: str) -> None:
    """Add the experience of a search to those that are kept."""
    experience = experience_of(study, origin)
    assert experience is not None
    write_pack(SEARCHED, [*searched_experiences(), experience])


def searched(task: Task, data: Path, arm: str, seed: int, options: argparse.Namespace) -> Searched:
    """Run one search, or what is left of it."""
    name = f"{arm}-{task.name}-{seed}"
    study = Study(options.runs / name)
    if not study.path.exists():
        study = created(task, data, arm, seed, name, options)
    if not run_study(study):
        raise SystemExit(130)
    trained = [
        record for record in study.records() if record.state != TrialState.INFEASIBLE and not record.is_reused
    ]
    return Searched(
        task=task.name,
        fingerprint=study.data_summary["fingerprint"],
        arm=arm,
        seed=seed,
        values=tuple(record.value for record in trained),
        seconds=study.seconds,
    )


def created(task: Task, data: Path, arm: str, seed: int, name: str, options: argparse.Namespace) -> Study:
    """Create the study of a search."""
    settings = checked_settings(
        {
            "space": task.space,
            "data": str(data),
            "trials": TRIALS,
            "epochs": task.epochs,
            **task.reading,
            "seed": seed,
            "pruner": "none",
            "finalists": 0,
            "workers": options.workers,
            "max_macs": task.most_macs,
            "baselines": "none" if arm == "cold" else "all",
        }
    )

    def recommend(settings: Settings, space: Space, dataset: Dataset, runs: Path) -> WarmStart | None:
        return warm_start_without(task.origin, settings, dataset) if arm == "recommended" else None

    return create_study(settings, options.runs, name, data, recommend=recommend)


if __name__ == "__main__":
    main()
