"""best/metrics.json: its schema and its reader; `finish` writes it.

A value that was not measured is an explicit null; a missing or unknown key is an error.
"""

from pathlib import Path
from typing import Any, Self

from pydantic import (
    SerializerFunctionWrapHandler,
    TypeAdapter,
    model_serializer,
    model_validator,
)

from cnnsearch.study.storage import METRICS, read_as
from cnnsearch.tasks.metric import Metric
from cnnsearch.tasks.registry import TASKS, AnyDetails
from cnnsearch.tasks.scores import Recorded, Scores, Spread


class Latency(Recorded):
    """The latency of a network.

    Attributes:
        median: The median, in seconds.
        p95: The 95th percentile, in seconds.
        batch: The batch size.
        runs: The number of timed runs.
        machine: The processor, its number of cores, and the device of Keras.
    """

    median: float
    p95: float
    batch: int
    runs: int
    machine: str


class FinalistMetrics(Recorded):
    """The metrics of a finalist with its best weights on validation.

    Attributes:
        trial: The trial's number.
        searched: The validation scores in the search at the best epoch; biased upward.
        retrained: The validation scores over fresh seeds; None if the finalist was not retrained.
        test: The scores on the test split.
        details: The values specific to the task.
        num_weights: The number of weights.
        macs: Multiply-accumulates for one example.
        file_size: The size of the saved model, in bytes.
        latency: The latency of the network.
    """

    trial: int
    searched: Scores
    retrained: Scores | None
    test: Scores
    details: AnyDetails
    num_weights: int
    macs: int
    file_size: int
    latency: Latency

    def over_seeds(self, metric: str) -> Spread | None:
        """Return a validation metric over the retrainings, or None if none measured it."""
        score = (self.retrained or {}).get(metric)
        return score.spread if score else None


class Metrics(Recorded):
    """The content of the file. The champion's scores are also at its top level, such as `test_accuracy`.

    Attributes:
        trial: The champion's trial.
        seed: The seed of the training that produced the bundle's weights.
        rule: The reason for the choice of this finalist, and the origin of its weights.
        num_weights: The number of weights.
        macs: Multiply-accumulates for one example.
        validation_examples: The size of the validation split.
        test_examples: The size of the test split.
        test_readings: The number of readings of the test split, including this one.
        validation: The champion's validation scores, never of weights that were trained on that split.
        test: The scores of the bundle's weights on the test split.
        details: The values specific to the task, for the bundle's weights.
        finalists: All finalists, including the champion.
    """

    trial: int
    seed: int
    rule: str
    num_weights: int
    macs: int
    validation_examples: int
    test_examples: int
    test_readings: int
    validation: Scores
    test: Scores
    details: AnyDetails
    finalists: tuple[FinalistMetrics, ...]

    @model_validator(mode="before")
    @classmethod
    def _without_top_level_scores(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        scores = {split: content.get(split) for split in ("validation", "test")}
        repeated = {f"{split}_{name}" for split, s in scores.items() if isinstance(s, dict) for name in s}
        return {key: value for key, value in content.items() if key not in repeated}

    @model_validator(mode="after")
    def _has_champion(self) -> Self:
        if not any(finalist.trial == self.trial for finalist in self.finalists):
            raise ValueError(f"the champion, trial {self.trial}, is not among the finalists")
        return self

    @model_serializer(mode="wrap")
    def _with_top_level_scores(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**self.figures, **handler(self)}

    @property
    def figures(self) -> dict[str, float]:
        """The champion's scores as plain numbers, by split and metric: `test_accuracy`."""
        splits = {"validation": self.validation, "test": self.test}
        return {f"{split}_{name}": s.value for split, scores in splits.items() for name, s in scores.items()}

    def __getitem__(self, name: str) -> float:
        """Return one of `figures`, such as `test_accuracy`."""
        return self.figures[name]

    @property
    def main(self) -> Metric:
        """The main metric of the task."""
        return TASKS[self.details.task].main_metric()

    def finalist(self, trial: int) -> FinalistMetrics:
        """Return the metrics of the finalist with this trial number."""
        return next(finalist for finalist in self.finalists if finalist.trial == trial)

    @property
    def champion(self) -> FinalistMetrics:
        """The champion's metrics as a finalist; after `--refit` its weights differ from the bundle's."""
        return self.finalist(self.trial)


_METRICS = TypeAdapter(Metrics)


def read_metrics(bundle: Path) -> Metrics:
    """Return the metrics of a bundle.

    Raises:
        StudyError: There is no bundle, or its metrics.json is invalid.
    """
    return read_as(bundle / METRICS, _METRICS)
