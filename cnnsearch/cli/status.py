"""`cnnsearch status`: print the state of a study."""

import json
from typing import Any

from cnnsearch.cli.options import DEFAULT_RUNS, Json, Runs, StudyName


def run(study: StudyName, as_json: Json = False, runs: Runs = DEFAULT_RUNS) -> None:
    """Show the number of trials of a study by state, and the best trial."""
    from cnnsearch.cli.outcome import point, print_front
    from cnnsearch.search.budget import planned_in, progress_by_rung
    from cnnsearch.search.choice import ranked
    from cnnsearch.study.folder import find_study
    from cnnsearch.study.log import trial_line
    from cnnsearch.study.objectives import front
    from cnnsearch.study.records import compile_seconds, told_engines

    found = find_study(study, runs)
    records = found.records()
    ranking = ranked(found, records)
    optimal = front(records, found.settings.objectives) if found.settings.more_objectives else []
    plan = planned_in(found.path)
    best: dict[str, Any] | None = None
    if ranking:
        first = ranking[0]
        best = {"trial": first.number, "value": first.value, "params": first.params}
    counts = records.counts()
    if as_json:
        status: dict[str, Any] = {
            "study": found.name,
            "path": str(found.path),
            "counts": counts,
            "best": best,
        }
        status |= {"plan": plan.told()} if plan else {}
        status["compile_seconds"] = compile_seconds(records)
        print(
            json.dumps({**status, "front": [point(record, found.settings.objectives) for record in optimal]})
        )
        return
    print(f"{found.name}  {found.path}")
    if plan:
        print(f"plan: {plan.told()}")
        print(f"  so far: {progress_by_rung(plan, records)}")
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    if engines := told_engines(records):
        print(f"trained by {engines}")
    for record in ranking[:1]:
        print(f"best: {trial_line(record)}")
        for name, value in record.params.items():
            print(f"  {name}: {value}")
    if optimal:
        print_front(optimal, found.settings.objectives)
