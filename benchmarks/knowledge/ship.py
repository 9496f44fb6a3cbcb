"""`python -m knowledge.ship RUNS`: the experiences of the finished legs, as the files that the package
ships."""

import sys
from pathlib import Path

from cnnsearch.knowledge.experience import experience_of
from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.left_out import write_error_bounds
from cnnsearch.knowledge.pack import SUFFIX, read_pack, write_pack
from cnnsearch.knowledge.tables import tables_of
from cnnsearch.study.folder import Study
from knowledge.tasks import TASKS

FILE = f"studies{SUFFIX}"


def main() -> None:
    """Write what the file and the legs have; a leg replaces an earlier one on the same data."""
    runs, folder = Path(sys.argv[1]), shipped_folder()
    file = folder / FILE
    known = {each.fingerprint: each for each in read_pack(file)} if file.exists() else {}
    for name, task in TASKS.items():
        path = runs / name
        if (path / "best" / "metrics.json").exists():
            experience = experience_of(Study(path.resolve()), task.origin)
            assert experience is not None, name
            known[experience.fingerprint] = experience
    folder.mkdir(exist_ok=True)
    write_pack(file, known.values())
    write_error_bounds(folder, tables_of(known.values()))
    origins = {each.origin for each in known.values()}
    trials = sum(len(each.trials) for each in known.values())
    size = file.stat().st_size / 1000
    print(f"{file}: {len(known)} studies of {len(origins)} origins, {trials} trials, {size:.0f} kB")


if __name__ == "__main__":
    main()
