"""Experiences that tests make: random recipes of `auto`, with scores that a function gives."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count as iter_count
from itertools import islice

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.knowledge.experience import Experience, Finding, Recipe, TrialExperience
from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.history import Known
from cnnsearch.space import Candidate, SearchSpace, load_space

SHAPE = (28, 28, 1)


def recipes(
    count: int, *, start: int = 0, space: str = "auto", shape: tuple[int, ...] = (8, 8, 1)
) -> list[Recipe]:
    """The recipes of random points that can be built, the same ones for the same numbers."""
    found = islice(_feasible(load_space(space), shape), start, start + count)
    return [Recipe.of(candidate) for candidate in found]


def _feasible(space: SearchSpace, shape: tuple[int, ...]) -> Iterator[Candidate]:
    for seed in iter_count():
        candidate = space.sample_random(seed, input_shape=shape, num_classes=10)
        with suppress(InfeasibleArchitectureError):
            analyze(candidate.architecture)
            yield candidate


def features(**changes) -> DatasetFeatures:
    """The features of a dataset like a small MNIST."""
    usual = {
        "task": "classification",
        "shape": SHAPE,
        "examples": 1_200,
        "outputs": 10,
        "balance": 1.0,
        "mean": 0.13,
        "deviation": 0.31,
        "constant": 0.1,
        "linear": 0.8,
        "nearest": 0.85,
    }
    return DatasetFeatures.model_validate({**usual, **changes})


def finding(
    tried: Sequence[Recipe],
    score: Callable[[int], float | None],
    *,
    study: str = "study",
    origin: str = "",
    fingerprint: str = "",
    examples: int = 9_600,
    metric: str = "validation_accuracy",
    direction: str = "maximize",
    **dataset,
) -> Finding:
    """The experience of a study that trained recipes; `score` gives the value of each by its place."""
    values = [score(place) for place in range(len(tried))]
    trials = tuple(
        TrialExperience(
            recipe=recipe.digest,
            examples=examples,
            curve=() if value is None else (value / 2, value),
            value=value,
            weights=1_000 + place,
            macs=10_000 + place,
            epoch_seconds=1.0,
        )
        for place, (recipe, value) in enumerate(zip(tried, values, strict=True))
    )
    experience = Experience(
        study=study,
        origin=origin or study,
        dataset=features(**dataset),
        fingerprint=fingerprint or f"content of {study}",
        metric=metric,
        direction=direction,
        trials=trials,
    )
    return Finding(experience=experience, recipes={recipe.digest: recipe for recipe in tried})


def known(*findings: Finding, source: str = "made") -> list[Known]:
    return [Known(each, source) for each in findings]
