"""best/metrics.json and best/evidence.npz as the report reads them; what an older bundle lacks is empty."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter

from cnnsearch.study.storage import METRICS, read_as


class Figures(BaseModel):
    """Read from a file that may hold more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Choice(Figures):
    """Which network became the champion, and by what rule."""

    trial: int
    seed: int | None = None
    rule: str = ""


class Spread(Figures):
    """Several measurements of one thing."""

    mean: float = 0.0
    std: float | None = None
    n: int = 0
    values: tuple[float, ...] = ()


class Searched(Figures):
    """What the search had measured."""

    validation_accuracy: float | None = None
    validation_loss: float | None = None


class Retrained(Figures):
    """What training again from scratch came to, over seeds."""

    validation_accuracy: Spread | None = None


class Tested(Figures):
    """The test split's figures; `interval` holds the accuracy with 95 % confidence."""

    accuracy: float
    interval: tuple[float, float] | None = None
    examples: int


class Calibration(Figures):
    """Expected calibration error, before and after a temperature."""

    ece: float
    temperature: float | None = None
    ece_after: float | None = None


class ClassFigures(Figures):
    """Of one class."""

    precision: float
    recall: float
    support: int


class Latency(Figures):
    """Seconds that a batch takes."""

    median: float
    p95: float
    batch: int = 1
    runs: int = 0


class Finalist(Figures):
    """A top trial, trained again over seeds and tested."""

    trial: int
    searched: Searched = Searched()
    retrained: Retrained | None = None
    test: Tested | None = None
    calibration: Calibration | None = None
    per_class: dict[str, ClassFigures] = {}
    num_weights: int | None = None
    macs: int | None = None
    file_size: int | None = None
    latency: Latency | None = None


class Metrics(Figures):
    """A bundle's figures."""

    trial: int
    validation_accuracy: float
    validation_loss: float | None = None
    validation_examples: int | None = None
    test_accuracy: float
    test_loss: float | None = None
    test_examples: int
    test_readings: int = 1
    num_weights: int
    macs: int
    champion: Choice | None = None
    finalists: tuple[Finalist, ...] = ()

    @property
    def best(self) -> Finalist | None:
        """The finalist that became the champion."""
        number = self.champion.trial if self.champion else self.trial
        return next((finalist for finalist in self.finalists if finalist.trial == number), None)


_METRICS = TypeAdapter(Metrics)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the champion answered on the test split.

    Attributes:
        truth: `(examples,)`, class indices.
        probabilities: `(examples, classes)`.
        wrong_x: The most confidently wrong examples, as the dataset holds them.
        wrong_truth: `(wrong,)`, class indices.
        wrong_probabilities: `(wrong, classes)`.
        wrong_index: `(wrong,)`, positions in the test split.
    """

    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    wrong_x: NDArray[Any]
    wrong_truth: NDArray[np.int64]
    wrong_probabilities: NDArray[np.float32]
    wrong_index: NDArray[np.int64]


def read_metrics(bundle: Path) -> Metrics | None:
    """The figures of a bundle; None where there is no bundle."""
    file = bundle / METRICS
    return read_as(file, _METRICS) if file.exists() else None


def read_evidence(bundle: Path) -> Evidence | None:
    """What a bundle keeps of the test; None where it keeps nothing."""
    file = bundle / "evidence.npz"
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return Evidence(**{name: arrays[name] for name in Evidence.__dataclass_fields__})
