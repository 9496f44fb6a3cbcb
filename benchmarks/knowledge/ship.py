"""`python -m knowledge.ship RUNS`: the experiences of the finished legs, as the files that the package
ships."""

import sys
from pathlib import Path

from cnnsearch.knowledge.experience import Experience, experience_of
from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.left_out import write_error_bounds
from cnnsearch.knowledge.pack import SUFFIX, read_pack, write_pack
from cnnsearch.study.folder import Study
from knowledge.legs import FOUND
from knowledge.points import best_of_searches, without
from knowledge.tasks import TASKS

FILE = f"studies{SUFFIX}"


def main() -> None:
    """Write what the file, the legs and the searches have; a leg comes before an earlier one on the same
    data."""
    runs, folder = Path(sys.argv[1]), shipped_folder()
    file = folder / FILE
    known = {each.fingerprint: each for each in read_pack(file)} if file.exists() else {}
    for task in TASKS.values():
        for path in (runs / task.name, *sorted(runs.glob(f"{FOUND}{task.name}-*"))):
            if (path / "best" / "metrics.json").exists():
                experience = experience_of(Study(path.resolve()), task.origin)
                assert experience is not None, path
                other = known.get(experience.fingerprint)
                is_first = other is None or path.name == task.name
                pair = (experience, other) if is_first else (other, experience)
                known[experience.fingerprint] = merged(*pair)
    for experience in best_of_searches():
        known[experience.fingerprint] = merged(known[experience.fingerprint], experience)
    folder.mkdir(exist_ok=True)
    write_pack(file, known.values())
    write_error_bounds(folder, list(known.values()), without)
    origins = {each.origin for each in known.values()}
    trials = sum(len(each.trials) for each in known.values())
    size = file.stat().st_size / 1000
    print(f"{file}: {len(known)} studies of {len(origins)} origins, {trials} trials, {size:.0f} kB")


def merged(one: Experience, other: Experience | None) -> Experience:
    """Return an experience with the trials of other configurations of another one of the same data."""
    if other is None:
        return one
    trials = [trial for trial in other.trials if trial.configuration not in one.configurations]
    return one.model_copy(
        update={
            "trials": (*one.trials, *trials),
            "configurations": {**other.configurations, **one.configurations},
        }
    )


if __name__ == "__main__":
    main()
