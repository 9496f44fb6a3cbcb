"""SearchSpace: a parsed space, ready to be sampled."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from cnnsearch.architecture import Architecture, Input
from cnnsearch.errors import SpaceError
from cnnsearch.space.base import BaseSpace
from cnnsearch.space.candidate import AnyCandidate, Candidate, Pixels
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.nodes import Node, models_in
from cnnsearch.space.sampling import SamplingVisitor
from cnnsearch.space.survey import Field
from cnnsearch.space.trials import RandomTrial, index_trials
from cnnsearch.suggestions import listed
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.registry import short_task

EXAMPLES = {
    1: "signals (1 spatial dimension)",
    2: "pictures (2 spatial dimensions)",
    3: "volumes (3 spatial dimensions)",
}
"""What examples of so many dimensions are."""
MANY_NAMES = 60
"""Above so many parameters Optuna's TPE takes long to ask."""


@dataclass(frozen=True)
class SearchSpace(BaseSpace[Candidate]):
    """A set of networks and of ways to train them.

    Attributes:
        path: The file it was read from.
        fields: Every place that holds a value, fixed or sampled, by name.
        architecture: Builds a network.
        training: Builds a training plan.
    """

    path: FilePath
    fields: Mapping[str, Field]
    architecture: Node
    training: Node

    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        dimensions, channels = len(input_shape) - 1, input_shape[-1]
        for model in models_in(self.architecture, self.training):
            served = getattr(model, "dimensions", (dimensions,))
            word = model.model_fields["type"].default if "type" in model.model_fields else ""
            if dimensions not in served:
                told, given = " or ".join(EXAMPLES[number] for number in served), EXAMPLES[dimensions]
                raise SpaceError(f"{self.name}: {word} serves {told}; the examples are {given}")
            if getattr(model, "needs_colour", False) and channels != 3:
                raise SpaceError(
                    f"{self.name}: {word} serves colours, in 3 channels; the examples' channels: {channels}"
                )

    @cached_property
    def parameters(self) -> dict[str, Domain]:
        return {name: field.domain for name, field in self.fields.items() if field.domain is not None}

    def sample(
        self,
        trial: TrialLike,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        num_outputs: int | None = None,
        task: Task | None = None,
        pixels: Pixels | None = None,
    ) -> Candidate:
        task = short_task(num_classes=num_classes, num_outputs=num_outputs, task=task)
        visitor = SamplingVisitor(trial)
        parts = self.architecture.build(visitor)
        given = prepared_input(tuple(input_shape), parts.pop("input", {}), pixels or Pixels())
        architecture = Architecture(
            input=given, outputs=task.outputs, **{k: v for k, v in parts.items() if v is not None}
        )
        return Candidate(
            architecture=architecture, training=self.training.build(visitor), params=visitor.params
        )

    def learn_from(self, candidate: AnyCandidate) -> None:
        pass  # its file says all

    def points(self) -> Iterator[dict[str, Plain]]:
        endless = [name for name, domain in self.parameters.items() if domain.size is None]
        if endless:
            raise SpaceError(
                f"{self.name} has endlessly many points: {listed(endless)} is a continuous range; "
                "give it a step, or a list of values"
            )
        for trial in index_trials():
            yield self.sample_params(trial)

    def estimated_points(self, samples: int = 2_000) -> float:
        """About how many points there are, a continuous range counted as one value.

        The mean over random points of the product of their parameters' sizes, which has the right
        expectation (Knuth 1975, Estimating the efficiency of backtrack programs).
        """
        sizes = {name: domain.size or 1 for name, domain in self.parameters.items()}
        points = (self.sample_params(RandomTrial(seed)) for seed in range(samples))
        return sum(math.prod(sizes[name] for name in params) for params in points) / samples

    def sample_params(self, trial: TrialLike) -> dict[str, Plain]:
        """Sample only the values, by parameter name."""
        visitor = SamplingVisitor(trial)
        self.architecture.build(visitor)
        self.training.build(visitor)
        return visitor.params


def prepared_input(shape: tuple[int, ...], written: Mapping[str, Any], pixels: Pixels) -> Input:
    """The input as a space writes it, with the constants that bring the dataset's numbers to range."""
    scaling = written.get("scaling", Input.model_fields["scaling"].default)
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    if scaling == "standardize":
        scale = tuple(1.0 / math.sqrt(max(variance, 1e-12)) for variance in pixels.variances)
        offset = tuple(-mean * factor for mean, factor in zip(pixels.means, scale, strict=True))
    elif scaling != "none":
        factor, shift = _between(pixels, 0.0 if scaling == "unit" else -1.0, 1.0)
        scale, offset = (factor,), (shift,)
    return Input.model_validate({**written, "shape": shape, "scale": scale, "offset": offset})


def _between(pixels: Pixels, low: float, high: float) -> tuple[float, float]:
    factor = (high - low) / ((pixels.high - pixels.low) or 1.0)
    return factor, low - pixels.low * factor
