"""`python -m knowledge.ship RUNS`: the experiences of the finished legs, as the file that the package
ships."""

import sys
from pathlib import Path

from cnnsearch.knowledge.experience import experience_of
from cnnsearch.knowledge.history import shipped_folder
from cnnsearch.knowledge.pack import SUFFIX, read_pack, write_pack
from cnnsearch.study.folder import Study
from knowledge.tasks import TASKS

FILE = f"studies{SUFFIX}"


def main() -> None:
    """Write what the legs and the file have; legs of which there is a study replace those of the file."""
    runs, file = Path(sys.argv[1]), shipped_folder() / FILE
    known = {each.experience.study: each for each in read_pack(file)} if file.exists() else {}
    for name, task in TASKS.items():
        path = runs / name
        if (path / "best" / "metrics.json").exists():
            finding = experience_of(Study(path.resolve()), task.origin)
            assert finding is not None, name
            known[finding.experience.study] = finding
    file.parent.mkdir(exist_ok=True)
    write_pack(file, known.values())
    trials = sum(len(each.experience.trials) for each in known.values())
    print(f"{file}: {len(known)} studies, {trials} trials, {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
