"""SearchSpace: a parsed space, ready to be sampled."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from cnnsearch.architecture import Architecture, Input
from cnnsearch.errors import SpaceError
from cnnsearch.space.candidate import Baseline, Candidate, Pixels
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.nodes import Node, models_in
from cnnsearch.space.sampling import SamplingVisitor
from cnnsearch.space.survey import Field
from cnnsearch.space.trials import GivenTrial, RandomTrial, index_trials
from cnnsearch.suggestions import did_you_mean, listed
from cnnsearch.tasks.base import Task
from cnnsearch.tasks.classification.task import Classification

EXAMPLES = {
    1: "signals (1 spatial dimension)",
    2: "pictures (2 spatial dimensions)",
    3: "volumes (3 spatial dimensions)",
}
"""What examples of so many dimensions are."""
MANY_NAMES = 60
"""Above so many parameters Optuna's TPE takes long to ask."""


@dataclass(frozen=True)
class SearchSpace:
    """A set of networks and of ways to train them.

    Attributes:
        name: The space's name.
        description: What it is, in a sentence.
        path: The file it was read from.
        constraints: Limits that a network has to keep.
        baselines: Known points by name, each with values by parameter name.
        fields: Every place that holds a value, fixed or sampled, by name.
    """

    name: str
    description: str
    path: FilePath
    constraints: Constraints
    baselines: Mapping[str, Baseline]
    fields: Mapping[str, Field]
    architecture: Node
    training: Node

    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        """Checks that everything the space could build or do serves examples of a shape.

        Args:
            input_shape: `(*spatial, channels)` of one example.

        Raises:
            SpaceError: Something serves other dimensions or channels only; the message names it.
        """
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
        """Everything that can be sampled, by name."""
        return {name: field.domain for name, field in self.fields.items() if field.domain is not None}

    def sample(
        self,
        trial: TrialLike,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        task: Task | None = None,
        pixels: Pixels | None = None,
    ) -> Candidate:
        """Samples a candidate.

        Args:
            trial: Anything with Optuna's `suggest_*`.
            input_shape: `(*spatial, channels)` of one example, with one to three spatial dimensions.
            num_classes: Short for a classification of so many classes.
            task: What the network is for.
            pixels: The numbers in the examples; by default those of 8-bit pictures.

        Raises:
            ValueError: Neither `num_classes` nor `task` is given.
        """
        if task is None:
            if num_classes is None:
                raise ValueError("give num_classes, or a task; found neither")
            task = Classification.of(num_classes)
        visitor = SamplingVisitor(trial)
        parts = self.architecture.build(visitor)
        given = prepared_input(tuple(input_shape), parts.pop("input", {}), pixels or Pixels())
        architecture = Architecture(
            input=given, outputs=task.outputs, **{k: v for k, v in parts.items() if v is not None}
        )
        return Candidate(
            architecture=architecture, training=self.training.build(visitor), params=visitor.params
        )

    def sample_random(
        self,
        seed: int,
        *,
        input_shape: tuple[int, ...],
        num_classes: int | None = None,
        task: Task | None = None,
        pixels: Pixels | None = None,
        baseline: str | None = None,
    ) -> Candidate:
        """Samples a candidate at random; with a baseline, only what that leaves open is random.

        Raises:
            SpaceError: There is no such baseline.
        """
        trial: TrialLike = RandomTrial(seed)
        if baseline is not None:
            trial = GivenTrial(self.encoded(self.baseline(baseline)), trial)
        return self.sample(trial, input_shape=input_shape, num_classes=num_classes, task=task, pixels=pixels)

    def baseline(self, name: str) -> Baseline:
        """A baseline's values by parameter name.

        Raises:
            SpaceError: There is no such baseline; the message offers the near names.
        """
        if name not in self.baselines:
            known = listed(self.baselines) or "none"
            raise SpaceError(
                f"{self.name} has no baseline '{name}'; it has {known}.{did_you_mean(name, self.baselines)}"
            )
        return self.baselines[name]

    def encoded(self, params: Mapping[str, Plain]) -> dict[str, Plain]:
        """Values as a trial is told them; those that are no longer in the space are left out."""
        known = self.parameters
        return {
            name: known[name].encode(v) for name, v in params.items() if name in known and v in known[name]
        }

    def points(self) -> Iterator[dict[str, Plain]]:
        """Every point of a finite space, as values by parameter name.

        Raises:
            SpaceError: The space has a continuous range; the message names it.
        """
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
