"""A study's finalists, rebuilt from their records and weights, and measured.

Import this module only after the Keras backend is set.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnsearch.bundle.metrics import FinalistMetrics, Latency
from cnnsearch.data import Split
from cnnsearch.finish.choosing import Contender
from cnnsearch.finish.evaluation import answers
from cnnsearch.finish.latency import measure_latency
from cnnsearch.interop.candidates import build_candidate
from cnnsearch.models.build import with_decoding
from cnnsearch.search.finish_plan import FinishPlan
from cnnsearch.space import AnyCandidate, Candidate
from cnnsearch.study.finalists import Finalists, Retraining, Weights
from cnnsearch.study.folder import Study
from cnnsearch.study.objectives import OBJECTIVES
from cnnsearch.study.records import TrialRecord
from cnnsearch.tasks.arrays import Predictions, Targets
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.scores import Score, Scores, Spread
from cnnsearch.training.checkpoint import read_weights


@dataclass(frozen=True, eq=False)
class FinalistModel:
    """A finalist with its best weights on validation.

    Attributes:
        record: The trial.
        retrained: Its completed retrainings.
        weights: The origin of its weights.
        task: The task of the network.
        model: The network, from raw examples to predictions; not compiled.
        validation: Its scores on the validation split.
        fitted: The constants of the task fitted on that split, such as a temperature.
        latency: The latency of the network.
        file_size: The size of the saved model, in bytes.
    """

    record: TrialRecord
    retrained: tuple[Retraining, ...]
    weights: Weights
    task: Task
    model: keras.Model
    validation: Scores
    fitted: Any
    latency: Latency
    file_size: int

    def spread(self, metric: str) -> Spread | None:
        """Return a metric over the retrainings; None if no retraining reported it."""
        results = [r.result.metrics for r in self.retrained if r.result]
        values = [metrics[metric] for metrics in results if metric in metrics]
        return Spread.of(values) if values else None

    @property
    def searched_scores(self) -> Scores:
        """The validation scores recorded in the search; a hypermodel may not report every metric."""
        assert self.record.result is not None
        recorded = self.record.result.metrics
        keys = {name: metric.on("validation").name for name, metric in self.task.metrics.items()}
        return {name: Score.of_network(recorded[key]) for name, key in keys.items() if key in recorded}

    @property
    def retrained_scores(self) -> Scores | None:
        """The validation scores over the retrainings; None without retrainings."""
        spreads = {name: self.spread(f"validation_{name}") for name in self.task.metrics}
        return {name: Score.over_seeds(spread) for name, spread in spreads.items() if spread} or None

    @property
    def best_epoch(self) -> int:
        """The mean best epoch of the retrainings; the search's best epoch without retrainings."""
        epochs = [r.result.best_epoch for r in self.retrained if r.result] or [self.weights.result.best_epoch]
        return max(1, round(sum(epochs) / len(epochs)))

    def contender(self, objective: str) -> Contender:
        """Return the values of this finalist that the choice depends on."""
        assert self.record.result is not None
        searched, main = self.record.result.metrics, self.task.main_metric().on("validation")
        return Contender(
            trial=self.record.number,
            scores=self.spread(objective),
            main_scores=self.spread(main.name),
            searched_score=searched.get(objective, OBJECTIVES[objective].worst),
            searched_main=searched.get(main.name, main.worst),
            num_weights=self.record.trial.counts["weights"],
            latency=self.latency.median,
        )


def read_finalists(study: Study, plan: FinishPlan, task: Task, validation: Split) -> list[FinalistModel]:
    """Return the finalists of a plan that have weights, rebuilt and measured."""
    return list(_read(study, plan, task, validation))


def _read(study: Study, plan: FinishPlan, task: Task, validation: Split) -> Iterator[FinalistModel]:
    records, finalists, results = study.records(), Finalists(study), task.results()
    for record in (records[number] for number in plan.trials):
        retrained = tuple(r for r in finalists.of(record.number, plan.seeds) if r.is_complete)
        weights = finalists.weights(record, retrained)
        is_unheld = study.settings.folds > 1 and plan.seeds > 0 and not retrained
        if weights is None or is_unheld:  # folds: the search's weights were trained on the validation split
            continue
        model = rebuild(record.trial.candidate, weights.path, task)
        predictions, y = answers(model, validation.x, task), np.asarray(validation.y)
        yield FinalistModel(
            record=record,
            retrained=retrained,
            weights=weights,
            task=task,
            model=model,
            validation=results.scores(predictions, y, on_test=False),
            fitted=results.fit(predictions, y),
            latency=measure_latency(model, np.asarray(validation.x[:1])),
            file_size=_file_size(model),
        )


def rebuild(candidate: AnyCandidate, weights: Path, task: Task) -> keras.Model:
    """Return a network with the weights of its best epoch, from raw examples to predictions, in float32
    whatever the training precision."""
    keras.config.set_dtype_policy("float32")
    model = build_candidate(candidate)
    model.set_weights(read_weights(weights))
    return with_decoding(model, candidate.architecture, task) if isinstance(candidate, Candidate) else model


def tested(finalist: FinalistModel, predictions: Predictions, y: Targets) -> FinalistMetrics:
    """Return all metrics of a finalist for metrics.json, including those on the test split.

    Args:
        finalist: The finalist to test.
        predictions: Its predictions on the test split.
        y: The targets of the test split.
    """
    results, counts = finalist.task.results(), finalist.record.trial.counts
    return FinalistMetrics(
        trial=finalist.record.number,
        searched=finalist.searched_scores,
        retrained=finalist.retrained_scores,
        test=results.scores(predictions, y, on_test=True),
        details=results.details(predictions, y, finalist.fitted),
        num_weights=counts["weights"],
        macs=counts["macs"],
        file_size=finalist.file_size,
        latency=finalist.latency,
    )


def _file_size(model: keras.Model) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        model.save(file)
        return file.stat().st_size
