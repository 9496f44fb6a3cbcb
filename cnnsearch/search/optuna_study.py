"""Records -> Optuna's trials: in memory for the samplers, and as study.db for Optuna's own tools."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from cnnsearch.space import Space
from cnnsearch.space.domains import Choice, Domain, Range
from cnnsearch.study.folder import Study
from cnnsearch.study.folds import running_means
from cnnsearch.study.objectives import value_of
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.study.storage import sqlite_uri

STATES = {
    TrialState.RUNNING: OptunaState.RUNNING,
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.INFEASIBLE: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
}
_DISTRIBUTIONS = "cnnsearch:distributions"


def distribution_of(domain: Domain, *, readable: bool = False) -> BaseDistribution:
    """Return the distribution that a domain requests from a trial.

    Args:
        domain: A parameter's domain.
        readable: Whether numeric choices are given as values, for display, instead of as indices.
    """
    if isinstance(domain, Choice):
        if domain.is_numeric and not readable:
            return IntDistribution(0, len(domain.values) - 1)
        return CategoricalDistribution(domain.values)
    assert isinstance(domain, Range)
    if domain.is_integer:
        step = int(domain.step or 1)
        return IntDistribution(int(domain.low), int(domain.largest), log=domain.log, step=step)
    return FloatDistribution(domain.low, float(domain.largest), log=domain.log, step=domain.step)


def frozen_trial(
    record: TrialRecord,
    space: Space,
    objectives: Sequence[str],
    *,
    readable: bool = False,
    worst: Mapping[str, float] | None = None,
) -> FrozenTrial:
    """Return a record as an Optuna trial, without values that are no longer in the space.

    An infeasible trial is a pruned one that violates a constraint; Optuna's samplers ignore failed trials.
    With several objectives Optuna does not support pruned trials: they are complete ones with the values that
    they had reached. A diverged trial is a complete one with the worst values, if those are given: most
    samplers ignore it as a pruned one, and all of them before its first epoch.

    Args:
        record: The record of the trial.
        space: The current space.
        objectives: The objectives, first the one of the curve.
        readable: Whether numeric choices are given as values instead of as indices.
        worst: The values of a diverged trial in each objective.
    """
    params = space.encoded(record.params)
    domains = {name: space.parameters[name] for name in params}
    if readable:
        params = {name: _readable(domains[name], value) for name, value in params.items()}
    outcome: dict[str, Any] = {"state": STATES[record.state]}
    if worst is not None and record.result is not None and record.result.diverged:
        outcome = {"state": OptunaState.COMPLETE, "values": [worst[name] for name in objectives]}
    elif len(objectives) == 1:
        outcome = _outcome_of_one(record, objectives[0])
    elif record.state in (TrialState.COMPLETE, TrialState.PRUNED):
        outcome = _outcome_of_several(record, objectives)
    trial = optuna.trial.create_trial(
        **outcome,
        params=params,
        distributions={name: distribution_of(domain, readable=readable) for name, domain in domains.items()},
        user_attrs=_attributes(record),
        constraints={"infeasible": record.result.violation if record.result else 0.0},
    )
    trial.datetime_start = datetime.fromtimestamp(record.trial.started)
    trial.datetime_complete = datetime.fromtimestamp(record.result.ended) if record.result else None
    return trial


def _readable(domain: Domain, encoded: Any) -> Any:
    is_index = isinstance(domain, Choice) and domain.is_numeric
    return domain.values[encoded] if is_index else encoded  # type: ignore[attr-defined]


def _outcome_of_one(record: TrialRecord, objective: str) -> dict[str, Any]:
    """Return a trial's state and values for one objective: a complete trial's objective, a pruned one's last
    report. A complete trial of another study without this objective counts as failed.

    In a planned search a trial at a lower rung is a pruned one, reported at the number of examples that it
    has seen: TPE ranks trials with more examples first.
    """
    if record.trial.fidelity is not None and record.trial.rung is not None and not record.trial.rung.is_last:
        return _outcome_of_rung(record, objective)
    curve, state, value = running_means(record.curve, objective), STATES[record.state], None
    if record.state == TrialState.COMPLETE:
        value = value_of(record, objective)
        state = OptunaState.FAIL if value is None else state
    elif record.state == TrialState.PRUNED and curve:
        value = curve[max(curve)]
    return {"state": state, "value": value, "intermediate_values": curve}


def _outcome_of_rung(record: TrialRecord, objective: str) -> dict[str, Any]:
    assert record.trial.fidelity is not None
    value, state = value_of(record, objective), STATES[record.state]
    if value is None:
        return {"state": state}
    reports = {record.trial.fidelity.examples: value}
    return {"state": OptunaState.PRUNED, "value": value, "intermediate_values": reports}


def _outcome_of_several(record: TrialRecord, objectives: Sequence[str]) -> dict[str, Any]:
    values = [value_of(record, name) for name in objectives]
    if None in values:
        return {"state": OptunaState.FAIL}
    return {"state": OptunaState.COMPLETE, "values": values}


def _attributes(record: TrialRecord) -> dict[str, Any]:
    counts, result = record.trial.counts, record.result
    attributes = {
        "num_weights": counts.get("weights"),
        "macs": counts.get("macs"),
        "seed": record.trial.seed,
        "baseline": record.trial.baseline,
        "examples": record.trial.fidelity.examples if record.trial.fidelity else None,
        "candidate": record.trial.candidate_number if record.trial.rung else None,
        "reason": record.reason,
        "best_epoch": result.best_epoch if result else None,
    }
    return {name: value for name, value in attributes.items() if value not in (None, "")}


def project(study: Study, records: Iterable[TrialRecord] | None = None, *, live: bool = False) -> Path:
    """Bring runs/STUDY/study.db up to date; a repeated call changes nothing.

    Trials are appended, so that their numbers are those of the records. Other changes (a trial that was
    resumed after it was written, a space that has changed) require a new file.

    Args:
        study: The study's folder.
        records: Its records; by default they are read from disk.
        live: Whether to omit the trials from the first running one on.

    Returns:
        The file, for `optuna.load_study(study_name=study.name, storage=f"sqlite:///{file}")`.
    """
    ordered = sorted(study.records() if records is None else records, key=lambda record: record.number)
    for record in ordered:
        study.space.learn_from(record.trial.candidate)
    running = [place for place, record in enumerate(ordered) if record.result is None]
    if live and running:
        ordered = ordered[: running[0]]
    path = study.database
    if path.exists() and (written := _appendable(study, path, ordered)) is not None:
        _append(study, path, ordered[written:])
    elif ordered or not live:
        _make_anew(study, path, ordered)
    return path


def _appendable(study: Study, path: Path, records: list[TrialRecord]) -> int | None:
    """Return the number of trials in the file; None if it does not agree with the records."""
    storage = _storage(path)
    try:
        number = storage.get_study_id_from_name(study.name)
        attributes = storage.get_study_user_attrs(number)
        counts = _counts(storage)
    except KeyError:
        return None
    finally:
        _close(storage)
    written = sum(counts.values())
    unfinished = sum(record.result is None for record in records[:written])
    as_now = attributes.get(_DISTRIBUTIONS) == _distributions(study.space)
    return written if as_now and counts.get(OptunaState.RUNNING.name, 0) == unfinished else None


def _counts(storage: RDBStorage) -> dict[str, int]:
    """Count the trials in each state. Optuna's own way reads every trial in full, 1 s for a thousand."""
    with storage.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT state, COUNT(*) FROM trials GROUP BY state")
        return {str(state): int(number) for state, number in rows}


def _append(study: Study, path: Path, records: list[TrialRecord]) -> None:
    if not records:
        return
    storage = _storage(path)
    try:
        _add(study, optuna.load_study(study_name=study.name, storage=storage), records)
    finally:
        _close(storage)


def _make_anew(study: Study, path: Path, records: list[TrialRecord]) -> None:
    unfinished = path.with_name(".study.db")
    unfinished.unlink(missing_ok=True)
    storage = _storage(unfinished)
    try:
        projected = optuna.create_study(
            study_name=study.name, storage=storage, directions=study.settings.directions
        )
        projected.set_user_attr(_DISTRIBUTIONS, _distributions(study.space))
        _add(study, projected, records)
    finally:
        _close(storage)
    unfinished.replace(path)


def _add(study: Study, projected: optuna.Study, records: list[TrialRecord]) -> None:
    names = study.settings.objectives
    projected.add_trials([frozen_trial(record, study.space, names, readable=True) for record in records])


def _distributions(space: Space) -> dict[str, Any]:
    domains = space.parameters.items()
    return {name: json.loads(distribution_to_json(distribution_of(d, readable=True))) for name, d in domains}


def _storage(path: Path) -> RDBStorage:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return RDBStorage(sqlite_uri(path))


def _close(storage: RDBStorage) -> None:
    storage.remove_session()
    storage.engine.dispose()
