"""Recorded values of metrics: of one network, or over several seeds, with intervals."""

import math
import statistics
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict


class Recorded(BaseModel):
    """A frozen part of metrics.json; a missing or unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(Recorded):
    """A metric over trainings with several seeds.

    Attributes:
        mean: The mean.
        std: The sample standard deviation (n - 1); None for a single training.
        n: The number of trainings.
        values: The value of each training.
    """

    mean: float
    std: float | None
    n: int
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the spread of one or more values."""
        std = statistics.stdev(values) if len(values) > 1 else None
        return cls(mean=statistics.mean(values), std=std, n=len(values), values=tuple(values))

    @property
    def standard_error(self) -> float:
        """The standard error of the mean, s / sqrt(n); 0 for a single training."""
        return 0.0 if self.std is None else self.std / math.sqrt(self.n)


class Score(Recorded):
    """The value of a metric.

    Attributes:
        value: The value of one network, or the mean over seeds.
        interval: The 95 % confidence interval; None outside the test split, and for metrics without one.
        spread: The trainings whose mean is `value`; None for the value of one network.
    """

    value: float
    interval: tuple[float, float] | None
    spread: Spread | None

    @classmethod
    def of_network(cls, value: float, interval: tuple[float, float] | None = None) -> Self:
        """Return the score of a single network."""
        return cls(value=value, interval=interval, spread=None)

    @classmethod
    def over_seeds(cls, spread: Spread) -> Self:
        """Return the mean over trainings as a score."""
        return cls(value=spread.mean, interval=None, spread=spread)


Scores = dict[str, Score]
"""Scores by the metric's name, such as `accuracy`."""


class Details(Recorded):
    """The values in metrics.json that are specific to a task.

    Attributes:
        task: The name of the task, which determines the other fields.
    """

    task: str
