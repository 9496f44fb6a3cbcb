"""A leg of cnnsearch: the command line as a user would give it, and what its records say afterwards."""

import json
import sys
from pathlib import Path

from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.reading import read_file
from cnnsearch.space.dialect.tree import plain
from cnnsearch.space.dialect.uses import Library
from cnnsearch.space.library import find_space
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, TrialState, counted
from cnnsearch.study.settings import dump_yaml
from peers.leg import Event, Leg, Outcome

STUDY = "leg"


def command(leg: Leg) -> list[str]:
    """What starts the search; with candidates, they are a space's baselines, and nothing else is tried."""
    words = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "search"]
    words += [str(space_file(leg)) if leg.candidates else leg.space, "--data", str(leg.data)]
    words += ["--seed", str(leg.seed), "--backend", leg.backend, "--runs", str(leg.work), "--study", STUDY]
    if leg.candidates:
        words += ["--epochs", str(leg.epochs), "--trials", str(len(leg.candidates))]
        return [*words, "--pruner", "none", "--finalists", "0"]
    return [*words, "--timeout", f"{leg.seconds:g}s", "--baselines", leg.baselines]


def space_file(leg: Leg) -> Path:
    """The leg's space with the candidates as its only baselines, in a file."""
    faults = Faults()
    tree = plain(Library().expanded(read_file(find_space(leg.space), faults), faults))
    baselines = {f"candidate{number:02d}": params for number, params in enumerate(leg.candidates)}
    file = leg.work / "candidates.yaml"
    file.write_text(dump_yaml({**tree, "baselines": baselines}), encoding="utf-8")
    return file


def events(leg: Leg) -> list[Event]:
    """The epochs and the ends of trials that the study's records hold."""
    found = []
    for record in Study(leg.work / STUDY).records():
        found += [
            Event(time=epoch.time, kind="epoch", value=epoch.metrics["validation_accuracy"])
            for epoch in record.curve
        ]
        if record.result is not None and was_trained(record):
            found.append(Event(time=record.result.ended, kind="trial", value=record.value))
    return found


def was_trained(record: TrialRecord) -> bool:
    """Whether a trial was trained, rather than found infeasible or trained before."""
    return record.state != TrialState.INFEASIBLE and not record.is_reused


def outcome(leg: Leg) -> Outcome:
    """What the bundle's own figures are."""
    study = Study(leg.work / STUDY)
    metrics = json.loads((study.best / "metrics.json").read_text())
    records = study.records()
    return Outcome(
        validation=metrics["validation_accuracy"],
        test=metrics["test_accuracy"],
        trials=counted(records),
        infeasible=records.counts()[TrialState.INFEASIBLE],
    )
