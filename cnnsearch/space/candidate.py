"""One sampled point of a space: a network and how to train it."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from cnnsearch.architecture import Architecture
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space.domains import Plain

Baseline = Mapping[str, Plain]
"""A known point: values by parameter name; a parameter that is not here is sampled."""


class Candidate(BaseModel):
    """A network, its training plan, and the sampled values that led to them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Architecture
    training: TrainingPlan
    params: dict[str, Plain]


class Pixels(BaseModel):
    """The numbers that a dataset's examples hold, for scaling them inside the network.

    `means` and `variances` are by channel, over the training split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = 0.0
    high: float = 255.0
    means: tuple[float, ...] = (127.5,)
    variances: tuple[float, ...] = (5418.75,)
