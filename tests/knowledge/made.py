"""Experiences that tests make: random configurations of `auto`, with scores that a function gives."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count as iter_count
from itertools import islice

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.knowledge.experience import Configuration, Experience, TrainedConfiguration, digest_of
from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.history import HistoryEntry
from cnnsearch.space import Candidate, SearchSpace, load_space

SHAPE = (28, 28, 1)


def configurations(
    count: int, *, start: int = 0, space: str = "auto", shape: tuple[int, ...] = (8, 8, 1)
) -> list[Configuration]:
    """The configurations of random points that can be built, the same ones for the same numbers."""
    found = islice(_feasible(load_space(space), shape), start, start + count)
    return [Configuration.of(candidate) for candidate in found]


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


def experience(
    tried: Sequence[Configuration],
    score: Callable[[int], float | None],
    *,
    study: str = "study",
    origin: str = "",
    fingerprint: str = "",
    pruned: int = 0,
    length: int = 9_600,
    metric: str = "validation_accuracy",
    direction: str = "maximize",
    **dataset,
) -> Experience:
    """The experience of a study that trained configurations; `score` gives the value of each by its place,
    and the first ones were pruned."""
    values = [score(place) for place in range(len(tried))]
    trials = tuple(
        TrainedConfiguration(
            configuration=configuration.digest,
            examples=length,
            curve=() if value is None else (value / 2, value),
            value=value,
            is_pruned=place < pruned,
            weights=1_000 + place,
            macs=10_000 + place,
            epoch_seconds=1.0,
        )
        for place, (configuration, value) in enumerate(zip(tried, values, strict=True))
    )
    return Experience(
        study=digest_of(study),
        origin=origin or study.replace(" ", "-"),
        dataset=features(**dataset),
        fingerprint=fingerprint or digest_of(f"content of {study}"),
        metric=metric,
        direction=direction,
        trials=trials,
        configurations={configuration.digest: configuration for configuration in tried},
    )


def entries(*experiences: Experience, source: str = "made") -> list[HistoryEntry]:
    return [HistoryEntry(each, source) for each in experiences]
