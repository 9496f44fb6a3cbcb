"""Experiences without anything private, to give them to others."""

from collections.abc import Iterable
from functools import cache

from cnnsearch.knowledge.experience import Configuration, Experience
from cnnsearch.knowledge.expressible import is_in
from cnnsearch.search.target import Target
from cnnsearch.space import Pixels, SearchSpace, load_space, shipped_spaces
from cnnsearch.tasks.registry import short_task


def shareable(experiences: Iterable[Experience]) -> list[Experience]:
    """Return experiences whose configurations have values of parameters only if a shipped space has them: the
    names of other spaces are their authors' own."""
    return [_shareable(experience) for experience in experiences]


def _shareable(experience: Experience) -> Experience:
    shape = experience.dataset.shape
    public = {key: _public(each, shape) for key, each in experience.configurations.items()}
    trials = [
        {**trial.model_dump(), "configuration": public[trial.configuration].digest}
        for trial in experience.trials
    ]
    configurations = {each.digest: each for each in public.values()}
    changes = {"trials": trials, "configurations": configurations}
    return Experience.model_validate({**experience.model_dump(exclude=set(changes)), **changes})


def _public(configuration: Configuration, shape: tuple[int, ...]) -> Configuration:
    target = Target(shape, short_task(num_classes=2), Pixels())
    if configuration.params and any(is_in(space, configuration, target) for space in _spaces()):
        return configuration
    return Configuration.model_validate({**configuration.model_dump(), "params": {}})


@cache
def _spaces() -> list[SearchSpace]:
    return [load_space(name) for name in shipped_spaces()]
