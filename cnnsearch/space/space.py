"""SearchSpace: a parsed space, from which candidates are sampled."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cnnsearch.architecture import Architecture, Input
from cnnsearch.architecture.decoder import Decoder
from cnnsearch.architecture.network import Spectrogram
from cnnsearch.architecture.per_dimension import PerDimension
from cnnsearch.errors import SpaceError
from cnnsearch.space.base import BaseSpace
from cnnsearch.space.candidate import AnyCandidate, Candidate, Pixels
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.space.nodes import Node, models_in
from cnnsearch.space.sampling import SamplingVisitor
from cnnsearch.space.survey import Field
from cnnsearch.space.trials import RandomTrial, index_trials
from cnnsearch.suggestions import listed

if TYPE_CHECKING:
    from cnnsearch.tasks.base import Task

EXAMPLES = {
    1: "signals (1 spatial dimension)",
    2: "images (2 spatial dimensions)",
    3: "volumes (3 spatial dimensions)",
}
"""Names of examples by number of spatial dimensions."""
MANY_NAMES = 60
"""Number of parameters above which Optuna's TPE becomes slow."""


@dataclass(frozen=True)
class SearchSpace(BaseSpace[Candidate]):
    """A set of networks and training plans.

    Attributes:
        path: The file of the space.
        fields: All fields that hold a value, fixed or sampled, by name.
        architecture: Builds a network.
        training: Builds a training plan.
    """

    path: FilePath
    fields: Mapping[str, Field]
    architecture: Node
    training: Node

    def check_dimensions(self, input_shape: tuple[int, ...]) -> None:
        built, trained = models_in(self.architecture), models_in(self.training)
        dimensions = len(input_shape) - 1
        found = f"the examples are {EXAMPLES[dimensions]}"
        self._check_parts([*trained, *(part for part in built if part is Spectrogram)], dimensions, found)
        if Spectrogram in built:
            dimensions, found = 2, f"a spectrogram is one of {EXAMPLES[2]}"
        self._check_parts([part for part in built if part is not Spectrogram], dimensions, found)
        self._check_values(dimensions, found)
        colours = (_word(part) for part in trained if getattr(part, "needs_colour", False))
        if input_shape[-1] != 3 and (word := next(colours, "")):
            raise SpaceError(
                f"{self.name}: {word} needs examples with 3 colour channels; found {input_shape[-1]}"
            )

    def check_task(self, task: "Task") -> None:
        if task.is_dense and not self.has_decoder:
            raise SpaceError(
                f"{self.name}: the task {task.type} needs an output for each position; found no decoder "
                "under architecture (the shipped space auto_dense has one)"
            )
        if task.is_dense and Spectrogram in models_in(self.architecture):
            raise SpaceError(f"{self.name}: a spectrogram has no position for each one of the signal")
        if self.has_decoder and not task.is_dense:
            raise SpaceError(
                f"{self.name}: its decoder is for an output at each position; the task {task.type} has one "
                "for each example"
            )
        mixing = [_word(part) for part in models_in(self.training) if getattr(part, "mixes_targets", False)]
        if mixing and not task.target_form.can_be_mixed:
            raise SpaceError(f"{self.name}: {mixing[0]} mixes targets, which the task {task.type} cannot")
        self._check_values_of("loss", ("auto", *task.losses), task)
        if not task.is_smoothed:
            self._check_values_of("label_smoothing", (0, 0.0), task)

    def _check_values_of(self, name: str, known: tuple[Plain, ...], task: "Task") -> None:
        """Check a field of the training plan whose values depend on the task."""
        if (field := self.fields.get(name)) is None:
            return
        is_range = field.domain is not None and not field.values
        wrong = ["a range", *field.values] if is_range else [v for v in field.values if v not in known]
        if wrong:
            expected = listed(map(str, dict.fromkeys(known)))
            raise SpaceError(
                f"{self.name}: training.{name} of the task {task.type}: found {wrong[0]}; expected {expected}"
            )

    def _check_parts(self, parts: Iterable[type[BaseModel]], dimensions: int, found: str) -> None:
        for part in parts:
            supported = getattr(part, "dimensions", (dimensions,))
            if dimensions not in supported:
                kinds = " or ".join(EXAMPLES[number] for number in supported)
                raise SpaceError(f"{self.name}: {_word(part)} supports {kinds}; {found}")

    def _check_values(self, dimensions: int, found: str) -> None:
        for name, field in self.fields.items():
            for value in field.values:
                if isinstance(value, PerDimension) and len(value.numbers) != dimensions:
                    raise SpaceError(
                        f"{self.name}: {name} can be {value}, with numbers for {len(value.numbers)} "
                        f"dimensions; {found}"
                    )

    @cached_property
    def has_decoder(self) -> bool:
        """Whether its networks have an output for each position of an example."""
        return Decoder in models_in(self.architecture)

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
        task: "Task | None" = None,
        pixels: Pixels | None = None,
    ) -> Candidate:
        from cnnsearch.tasks.registry import short_task  # imports numpy, which validation does not need

        task = short_task(
            num_classes=num_classes, num_outputs=num_outputs, task=task, is_map=self.has_decoder
        )
        visitor = SamplingVisitor(trial)
        parts = self.architecture.build(visitor)
        model_input = prepared_input(tuple(input_shape), parts.pop("input", {}), pixels or Pixels())
        architecture = Architecture(
            input=model_input, outputs=task.outputs, **{k: v for k, v in parts.items() if v is not None}
        )
        return Candidate(
            architecture=architecture, training=self.training.build(visitor), params=visitor.params
        )

    def learn_from(self, candidate: AnyCandidate) -> None:
        pass  # the file defines all parameters

    def points(self) -> Iterator[dict[str, Plain]]:
        continuous = [name for name, domain in self.parameters.items() if domain.size is None]
        if continuous:
            raise SpaceError(
                f"{self.name} has infinitely many points: continuous range of {listed(continuous)}; "
                "give it a step, or a list of values"
            )
        for trial in index_trials():
            yield self.sample_params(trial)

    def estimated_points(self, samples: int = 2_000) -> float:
        """Return an estimate of the number of points; a continuous range counts as one value.

        The estimate is the mean over random points of the product of their parameters' sizes; it is unbiased
        (Knuth 1975, Estimating the efficiency of backtrack programs).
        """
        sizes = {name: domain.size or 1 for name, domain in self.parameters.items()}
        points = (self.sample_params(RandomTrial(seed)) for seed in range(samples))
        return sum(math.prod(sizes[name] for name in params) for params in points) / samples

    def sample_params(self, trial: TrialLike) -> dict[str, Plain]:
        """Sample a point and return its values by parameter name, without building the candidate."""
        visitor = SamplingVisitor(trial)
        self.architecture.build(visitor)
        self.training.build(visitor)
        return visitor.params


def _word(part: type[BaseModel]) -> str:
    """Return the word of a part in the dialect."""
    return str(part.model_fields["type"].default) if "type" in part.model_fields else part.__name__.lower()


def prepared_input(shape: tuple[int, ...], written: Mapping[str, Any], pixels: Pixels) -> Input:
    """Return the input of a network, with the constants that rescale the values of the dataset."""
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
