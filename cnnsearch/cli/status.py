"""`cnnsearch status`: how a study stands."""

import json
from typing import Any

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs, StudyName


def run(study: StudyName, as_json: Json = False, runs: Runs = DEFAULT_RUNS) -> None:
    """Show how many trials a study has, and its best."""
    from cnnsearch.search.log import trial_line
    from cnnsearch.search.records import best_first
    from cnnsearch.search.study import find_study

    found = find_study(study, runs)
    records = found.records()
    ranking = best_first(records, found.settings.direction)
    best: dict[str, Any] | None = None
    if ranking:
        first = ranking[0]
        best = {"trial": first.number, "value": first.value, "params": first.params}
    counts = records.counts()
    if as_json:
        print(json.dumps({"study": found.name, "path": str(found.path), "counts": counts, "best": best}))
        return
    print(f"{found.name}  {found.path}")
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    for record in ranking[:1]:
        print(f"best: {trial_line(record)}")
        for name, value in record.params.items():
            print(f"  {name}: {value}")
