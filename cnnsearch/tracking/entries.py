"""A study's records -> MLflow's metrics, params, tags and dataset. Pure functions; nothing is sent here."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.types import Schema, TensorSpec

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.study.finalists import Retraining
from cnnsearch.study.records import EpochRecord, Trial, TrialRecord, TrialState, best_first, count_states

MOST_PARAMS = 20
"""The largest number of sampled values logged as params of a run; params.json has all of them."""
_FORMAT = "2"
"""The version of the content of a trial's run; a change makes older runs be written again."""
_LONGEST_TAG = 1_000


def mlflow_time(seconds: float) -> int:
    """Return a time in milliseconds, as in MLflow."""
    return round(seconds * 1000)


def tags(values: Mapping[str, str]) -> list[RunTag]:
    """Return tags whose names begin with `cnnsearch.`."""
    return [RunTag(f"cnnsearch.{name}", value[:_LONGEST_TAG]) for name, value in values.items()]


def most_telling(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to compare trials by: those of the network before those of one stage or layer."""

    def depth(name: str) -> int:
        return sum(part.isdigit() for part in name.split("."))

    return {name: params[name] for name in sorted(params, key=depth)[:MOST_PARAMS]}


def params(trial: Trial) -> list[Param]:
    """Return the sampled values logged to a run."""
    return [Param(name, str(value)) for name, value in most_telling(trial.candidate.params).items()]


def step(record: TrialRecord | Retraining, epoch: EpochRecord, epochs: int) -> int:
    """Return the step of an epoch, where every fold has `epochs` epochs; in a planned search the number of
    examples seen, so that curves of different fidelity are comparable."""
    fidelity = record.trial.fidelity if isinstance(record, TrialRecord) else None
    if fidelity is not None:
        return epoch.epoch * fidelity.round_examples
    return epoch.fold * epochs + epoch.epoch


def curve(record: TrialRecord | Retraining, objective: str, epochs: int, after: int) -> list[Metric]:
    """Return the metrics of the epochs after a step, with the times at which they were recorded.

    The objective comes first, since MLflow's comparison shows the first logged metric.
    """
    return [
        Metric(name, epoch.metrics[name], mlflow_time(epoch.time), step(record, epoch, epochs))
        for epoch in record.curve
        if step(record, epoch, epochs) > after
        for name in sorted(epoch.metrics, key=lambda name: name != objective)
    ]


def totals(record: TrialRecord, objective: str) -> list[Metric]:
    """Return the final metrics of a trial: its best value, duration, and the size of the network.

    They have no step: MLflow draws a curve, of a single point, for each metric with one.
    """
    assert record.result is not None
    trial, result = record.trial, record.result
    values = {"duration_seconds": result.ended - trial.started}
    if result.value is not None:
        values |= {f"best_{objective}": result.value, "best_epoch": result.best_epoch}
    if trial.fidelity is not None:
        values["examples_seen"] = record.length
    if result.use is not None and result.use.engine == "compiled":
        values |= {"compile_seconds": result.use.compile_seconds, "group_size": result.use.group}
    if trial.counts:
        values |= {"num_weights": trial.counts["weights"], "macs": trial.counts["macs"]}
    return [Metric(name, value, mlflow_time(result.ended), 0) for name, value in values.items()]


def digest(record: TrialRecord | Retraining) -> str:
    """Return a hash of a record, which shows whether its run is up to date."""
    return hashlib.sha256((_FORMAT + record.model_dump_json()).encode()).hexdigest()[:16]


def best_metrics(records: Iterable[TrialRecord], objective: str, direction: str) -> Iterator[Metric]:
    """Yield the best value after each trial that improved it; the step is the number of ended trials."""
    trained = sorted(
        (r for r in records if r.result and r.state != TrialState.INFEASIBLE), key=lambda r: r.ended
    )
    sign = 1.0 if direction == "maximize" else -1.0
    best = -float("inf")
    for step, record in enumerate(trained, start=1):
        if record.can_be_best and record.value is not None and sign * record.value > best:
            best = sign * record.value
            yield Metric(f"best_{objective}", record.value, mlflow_time(record.ended), step)


def summary_tags(records: list[TrialRecord], direction: str) -> dict[str, str]:
    """Return the tags of the study's run: the number of trials in each state, and the best trial."""
    states = {f"trials.{state.value}": str(count) for state, count in count_states(records).items()}
    ranking = best_first(records, direction)
    best = {"best_trial": str(ranking[0].number)} if ranking else {}
    return states | best


def dataset_input(summary: DatasetSummary) -> DatasetInput:
    """Return the dataset of a run, identified by its fingerprint."""
    features = Schema([TensorSpec(np.dtype(summary.dtype), (-1, *summary.input_shape))])
    sizes = {f"num_{part}": summary.num_examples(part) for part in summary.counts}
    dataset = Dataset(
        name=summary.name,
        digest=summary.fingerprint[:16],
        source_type="local",
        source=json.dumps({"uri": summary.source}),
        schema=json.dumps({"mlflow_tensorspec": {"features": features.to_json(), "targets": None}}),
        profile=json.dumps({**sizes, **_kept(summary)}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "search")])


def _kept(summary: DatasetSummary) -> dict[str, Any]:
    """Return the range of the values, the task and the origin of the splits."""
    return {
        "value_range": list(summary.values.ends),
        "value_range_origin": summary.values.origin,
        "task": summary.task.type,
        "num_outputs": len(summary.task.names),
        "num_skipped": summary.skipped,
        "split_by": summary.split_by or summary.split_origin,
        "grouped_by": list(summary.grouped_by),
    }
