"""A leg of cnnsearch: the command line as a user would give it, and what its records say afterwards."""

import json
import sys
from pathlib import Path

from knowledge.cli import command_without
from knowledge.points import write_space

from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord, TrialState, counted
from peers.leg import Event, Leg, Outcome

STUDY = "leg"


def command(leg: Leg) -> list[str]:
    """What starts the search; with candidates, they are a space's baselines, and nothing else is tried."""
    is_warm = leg.baselines == "recommended" and not leg.candidates
    words = command_without(leg.data.stem) if is_warm else [sys.executable, "-m", "cnnsearch"]
    words += ["search", str(space_of(leg)), "--data", str(leg.data)]
    words += ["--warm-start", "recommended" if is_warm else "none"]
    words += ["--seed", str(leg.seed), "--backend", leg.backend, "--runs", str(leg.work), "--study", STUDY]
    if leg.candidates:
        words += ["--epochs", str(leg.epochs), "--trials", str(len(leg.candidates))]
        return [*words, "--pruner", "none", "--finalists", "0"]
    baselines = "none" if leg.baselines == "none" else "all"
    return [*words, "--timeout", f"{leg.seconds:g}s", "--baselines", baselines]


def space_of(leg: Leg) -> str | Path:
    """The leg's space; with candidates, these are its only baselines."""
    if not leg.candidates:
        return leg.space
    points = {f"candidate{number:02d}": params for number, params in enumerate(leg.candidates)}
    return write_space(leg.space, points, leg.work / "candidates.yaml")


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
