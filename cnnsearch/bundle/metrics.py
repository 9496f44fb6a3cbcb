"""best/metrics.json: its one schema, which `finish` writes, and its one reader.

A figure that was not measured is an explicit null; a key that is missing or unknown is an error.
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
from cnnsearch.tasks.base import Metric
from cnnsearch.tasks.registry import TASKS, AnyDetails
from cnnsearch.tasks.scores import Recorded, Scores, Spread


class Latency(Recorded):
    """How long a network takes for one answer.

    Attributes:
        median: Seconds.
        p95: Seconds within which 95 of 100 answers come.
        batch: Examples in an answer.
        runs: How many answers were timed.
        machine: The processor, its cores, and the device that Keras computes on.
    """

    median: float
    p95: float
    batch: int
    runs: int
    machine: str


class FinalistMetrics(Recorded):
    """A finalist with the best of its weights on validation.

    Attributes:
        trial: The trial's number.
        searched: What the search recorded on validation at the best epoch; biased upward.
        retrained: The same over fresh seeds; None where the finalist was not trained again.
        test: The scores on the test split.
        details: What only the task has.
        num_weights: The number of weights.
        macs: Multiply-accumulates for one example.
        file_size: Bytes of the saved model.
        latency: How long an answer takes.
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
        """Return a validation metric over the retrainings; None where it was not measured in any."""
        score = (self.retrained or {}).get(metric)
        return score.spread if score else None


class Metrics(Recorded):
    """The whole file. The champion's scores also stand at its top level, as `test_accuracy` and the like.

    Attributes:
        trial: The champion's trial.
        seed: Of the training that gave the bundle's weights.
        rule: Why this finalist was chosen, and where its weights come from.
        num_weights: The number of weights.
        macs: Multiply-accumulates for one example.
        validation_examples: The size of the validation split.
        test_examples: The size of the test split.
        test_readings: How often the test split was read, this time included.
        validation: The champion's scores on validation, never of weights that were trained on that split.
        test: The scores of the bundle's weights on the test split.
        details: What only the task has, of the bundle's weights.
        finalists: All finalists, the champion among them.
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
        known = {f"{split}_{name}" for split, s in scores.items() if isinstance(s, dict) for name in s}
        return {key: value for key, value in content.items() if key not in known}

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
        """Return what is known of a finalist, which this trial has to be."""
        return next(finalist for finalist in self.finalists if finalist.trial == trial)

    @property
    def champion(self) -> FinalistMetrics:
        """The finalist that became the champion; with `--refit` its weights are not the bundle's."""
        return self.finalist(self.trial)


_METRICS = TypeAdapter(Metrics)


def read_metrics(bundle: Path) -> Metrics:
    """Return the figures of a bundle.

    Raises:
        StudyError: There is no bundle, or its metrics.json is not as `finish` writes it.
    """
    return read_as(bundle / METRICS, _METRICS)
