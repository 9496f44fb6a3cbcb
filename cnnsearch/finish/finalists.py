"""A study's finalists, rebuilt from their records and weights, and what is measured on each of them.

Import it where Keras has its backend.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnsearch.architecture import Architecture
from cnnsearch.bundle.statistics import Spread, per_class, wilson
from cnnsearch.data import Split
from cnnsearch.finish.calibration import calibration, fit_temperature
from cnnsearch.finish.choosing import Contender
from cnnsearch.finish.evaluation import Figures, answers, figures
from cnnsearch.finish.latencies import Latency
from cnnsearch.finish.latency import measure_latency
from cnnsearch.interop.networks import build_any
from cnnsearch.search.choice import ACCURACY
from cnnsearch.search.finish_plan import FinishPlan
from cnnsearch.study.finalists import Finalists, Retraining, Weights
from cnnsearch.study.folder import Study
from cnnsearch.study.records import TrialRecord
from cnnsearch.training.checkpoint import read_weights

LOSS = "validation_loss"


@dataclass(frozen=True, eq=False)
class Finalist:
    """A finalist with its best weights on validation.

    Attributes:
        record: The trial.
        retrained: Its retrainings that came to their end.
        weights: Where its weights are from.
        model: Raw examples in, probabilities out; not compiled.
        probabilities: What it answers to the validation split.
        validation: How good that is.
        latency: How long an answer takes.
        file_size: Bytes of the saved model.
    """

    record: TrialRecord
    retrained: tuple[Retraining, ...]
    weights: Weights
    model: keras.Model
    probabilities: NDArray[Any]
    validation: Figures
    latency: Latency
    file_size: int

    def spread(self, metric: str) -> Spread:
        """A metric over the retrainings."""
        return Spread.of([r.result.metrics[metric] for r in self.retrained if r.result])

    @property
    def best_epoch(self) -> int:
        """The mean best epoch of the retrainings; the search's own where there were none."""
        epochs = [r.result.best_epoch for r in self.retrained if r.result] or [self.weights.result.best_epoch]
        return max(1, round(sum(epochs) / len(epochs)))

    def contender(self, objective: str) -> Contender:
        """This finalist as the choice sees it."""
        assert self.record.result is not None
        return Contender(
            trial=self.record.number,
            scores=self.spread(objective),
            accuracies=self.spread(ACCURACY),
            searched_score=self.record.result.metrics.get(objective, 0.0),
            searched_accuracy=self.record.result.metrics.get(ACCURACY, 0.0),
            num_weights=self.record.trial.counts["weights"],
            latency=self.latency.median,
        )


def read_finalists(study: Study, plan: FinishPlan, validation: Split) -> list[Finalist]:
    """The finalists of a plan whose weights are there, rebuilt and measured."""
    return list(_read(study, plan, validation))


def _read(study: Study, plan: FinishPlan, validation: Split) -> Iterator[Finalist]:
    records, finalists = study.records(), Finalists(study)
    for record in (records[number] for number in plan.trials):
        retrained = tuple(r for r in finalists.of(record.number, plan.seeds) if r.is_complete)
        weights = finalists.weights(record, retrained)
        is_unheld = study.settings.folds > 1 and plan.seeds > 0 and not retrained
        if weights is None or is_unheld:  # folds: the search's own were trained on the validation split
            continue
        model = rebuild(record.trial.candidate.architecture, weights.path)
        probabilities = answers(model, validation.x)
        yield Finalist(
            record=record,
            retrained=retrained,
            weights=weights,
            model=model,
            probabilities=probabilities,
            validation=figures(probabilities, validation),
            latency=measure_latency(model, np.asarray(validation.x[:1])),
            file_size=_file_size(model),
        )


def rebuild(architecture: Architecture, weights: Path) -> keras.Model:
    """A network as it was at its best epoch, computing in float32 however it was trained."""
    keras.config.set_dtype_policy("float32")
    model = build_any(architecture)
    model.set_weights(read_weights(weights))
    return model


def tested(finalist: Finalist, validation: Split, test: Split, labels: Sequence[str]) -> dict[str, Any]:
    """All figures of a finalist, those of the test split among them, as metrics.json holds them.

    Args:
        finalist: Whose weights are tested.
        validation: The temperature is fitted on it.
        test: The test split, opened.
        labels: The classes.
    """
    assert finalist.record.result is not None
    found = answers(finalist.model, test.x)
    right = int(np.count_nonzero(found.argmax(axis=1) == test.y))
    searched = finalist.record.result.metrics
    temperature = fit_temperature(finalist.probabilities, validation.y)
    classes = per_class(np.asarray(test.y), found.argmax(axis=1), len(labels))
    return {
        "trial": finalist.record.number,
        "searched": {name: searched[name] for name in (ACCURACY, LOSS) if name in searched},
        "retrained": {ACCURACY: asdict(finalist.spread(ACCURACY))},
        "test": {"accuracy": right / len(test), "interval": wilson(right, len(test)), "examples": len(test)},
        "calibration": asdict(calibration(found, test.y, temperature)),
        "per_class": {label: asdict(of_class) for label, of_class in zip(labels, classes, strict=True)},
        "num_weights": finalist.record.trial.counts["weights"],
        "macs": finalist.record.trial.counts["macs"],
        "file_size": finalist.file_size,
        "latency": finalist.latency.as_dict(),
    }


def _file_size(model: keras.Model) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        model.save(file)
        return file.stat().st_size
