"""The best trial, rebuilt from its record and weights, evaluated, and written as the bundle.

Import it where Keras has its backend; `cnnsearch.results.finish` is the process that sees to that.
"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.data import Split, open_stored, open_test, read_ledger
from cnnsearch.data.store import read_summary
from cnnsearch.errors import SearchError
from cnnsearch.models.build import build_model
from cnnsearch.results.bundle import ARCHITECTURE, LABELS, METRICS, TRAINING, Bundle, write_bundle
from cnnsearch.search.choice import preferred
from cnnsearch.search.records import TrialRecord
from cnnsearch.search.study import Study
from cnnsearch.tracking.champion import log_champion
from cnnsearch.training.checkpoint import read_weights

WEIGHTS = "weights.npz"
REASON = "final evaluation of the champion"
FAR = 0.005
"""Validation accuracies further apart than this are not the same network's."""
_CHUNK, _BATCH = 4096, 256
_EXAMPLES = 5
_SMALLEST = 1e-7  # as Keras clips probabilities before the logarithm


class Figures(NamedTuple):
    """What a model reaches on a split."""

    accuracy: float
    loss: float


def finish(study: Study) -> Bundle:
    """Makes the bundle of a study's best trial; the test split is read once, on the record.

    Raises:
        SearchError: No trial can be the best.
    """
    record, weights = find_champion(study)
    model = rebuild(record, weights)
    data = open_stored(study.data_folder)
    validation = evaluate(model, data.validation)
    _compare(record, validation.accuracy)
    test_split = open_test(study.data_folder, reason=REASON, ledger=study.ledger)
    test = evaluate(model, test_split)
    metrics = {
        "trial": record.number,
        "validation_accuracy": validation.accuracy,
        "validation_loss": validation.loss,
        "validation_examples": len(data.validation),
        "test_accuracy": test.accuracy,
        "test_loss": test.loss,
        "test_examples": len(test_split),
        "test_readings": len(read_ledger(study.ledger)),
        "num_weights": record.trial.counts["weights"],
        "macs": record.trial.counts["macs"],
    }
    bundle = write_bundle(study.best, model, {**_described(record, data.summary.labels), METRICS: metrics})
    _track(study, bundle, np.asarray(data.validation.x[:_EXAMPLES]))
    return bundle


def find_champion(study: Study) -> tuple[TrialRecord, Path]:
    """The trial that is chosen among those whose weights are there, and their file.

    Raises:
        SearchError: There is none.
    """
    records = study.records()
    examples = sum(read_summary(study.data_folder).counts["validation"].values())
    for record in preferred(records, study.settings, examples):
        weights = records.trial_folder(record.number) / WEIGHTS
        if weights.exists():
            return record, weights
    counts = ", ".join(f"{count} {state}" for state, count in records.counts().items() if count)
    raise SearchError(
        f"{study.name} has no trial that could be the best, trained to its end and with its weights kept: "
        f"found {counts or 'no trials'}"
    )


def rebuild(record: TrialRecord, weights: Path) -> keras.Model:
    """The network of a trial as it was at its best epoch, computing in float32 however it was trained."""
    keras.config.set_dtype_policy("float32")
    model = build_model(record.trial.candidate.architecture)
    model.set_weights(read_weights(weights))
    return model


def evaluate(model: keras.Model, split: Split) -> Figures:
    """Accuracy, and cross-entropy in nats."""
    chunks = range(0, len(split), _CHUNK)  # so that mapped examples are not all read at once
    found = [_predict(model, split.x[start : start + _CHUNK]) for start in chunks]
    probabilities = np.concatenate(found)
    of_truth = probabilities[np.arange(len(split)), split.y]
    accuracy = float(np.mean(probabilities.argmax(axis=1) == split.y))
    return Figures(accuracy, float(-np.mean(np.log(np.clip(of_truth, _SMALLEST, 1.0)))))


def _predict(model: keras.Model, x: NDArray[Any]) -> NDArray[Any]:
    probabilities: NDArray[Any] = model.predict(np.asarray(x), batch_size=_BATCH, verbose=0)
    return probabilities


def _described(record: TrialRecord, labels: tuple[str, ...]) -> dict[str, Any]:
    trial, result = record.trial, record.result
    assert result is not None
    training = {
        "plan": trial.candidate.training.model_dump(mode="json"),
        "epochs": result.best_epoch,
        "seed": trial.seed,
        "trial": trial.number,
    }
    architecture = trial.candidate.architecture.model_dump(mode="json")
    return {LABELS: list(labels), ARCHITECTURE: architecture, TRAINING: training}


def _compare(record: TrialRecord, accuracy: float) -> None:
    assert record.result is not None
    recorded = record.result.metrics["validation_accuracy"]
    if abs(recorded - accuracy) > FAR:
        _warn(f"trial {record.number} validates at {accuracy:.4f}, but {recorded:.4f} was recorded")


def _track(study: Study, bundle: Bundle, examples: NDArray[Any]) -> None:
    figures = {name: v for name, v in bundle.metrics.items() if name.endswith(("_accuracy", "_loss"))}
    try:
        log_champion(
            study,
            bundle.model,
            example=examples,
            probabilities=_predict(bundle.model, examples),
            metrics=figures,
        )
    except SearchError as error:
        _warn(f"the champion is not in MLflow, though its bundle is whole: {error}")


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
