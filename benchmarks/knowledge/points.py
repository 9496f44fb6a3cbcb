"""Points of a space to begin with: those that the experience of other data recommends."""

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import cnnsearch
from cnnsearch.data import Dataset
from cnnsearch.knowledge.experience import Experience
from cnnsearch.knowledge.history import SHIPPED, HistoryEntry, shipped_folder
from cnnsearch.knowledge.pack import SUFFIX, read_pack
from cnnsearch.knowledge.warm_start import recommended_points
from cnnsearch.space.dialect.uses import plain_space
from cnnsearch.space.library import find_space
from cnnsearch.study.settings import Settings, dump_yaml
from cnnsearch.study.warm_start import WarmStart

BEST = 3
"""Configurations of each search that are trained on other data."""
SEARCHED = Path(__file__).parent / f"searches-experience{SUFFIX}"
"""The experiences of searches, with the configurations that TPE has found."""


def searched_experiences() -> list[Experience]:
    """Return the experiences of all searches that were made."""
    return read_pack(SEARCHED) if SEARCHED.exists() else []


def history_without(origin: str) -> list[HistoryEntry]:
    """Return the shipped experience as it would be without an origin."""
    files = sorted(shipped_folder().glob(f"*{SUFFIX}"))
    shipped = [experience for file in files for experience in read_pack(file)]
    return [HistoryEntry(experience, SHIPPED) for experience in without(shipped, origin)]


def without(experiences: Sequence[Experience], origin: str) -> list[Experience]:
    """Return experiences without an origin, and without the configurations that searches of it have found."""
    found = {
        configuration.identity
        for experience in searched_experiences()
        if experience.origin == origin
        for configuration in experience.configurations.values()
    }
    return [
        _only(experience, {k for k, each in experience.configurations.items() if each.identity not in found})
        for experience in experiences
        if experience.origin != origin
    ]


def best_of_searches() -> list[Experience]:
    """Return the experiences of all searches with their best configurations alone."""
    return [_best(experience) for experience in searched_experiences()]


def _best(experience: Experience) -> Experience:
    trials = sorted(experience.trials, key=lambda trial: -math.inf if trial.value is None else trial.value)
    return _only(experience, {trial.configuration for trial in trials[-BEST:]})


def _only(experience: Experience, keys: Collection[str]) -> Experience:
    """Return an experience with some of its configurations alone."""
    known = {key: each for key, each in experience.configurations.items() if key in keys}
    trials = tuple(trial for trial in experience.trials if trial.configuration in known)
    return experience.model_copy(update={"configurations": known, "trials": trials})


def warm_start_without(origin: str, settings: Settings, dataset: Dataset) -> WarmStart:
    """Return the points with which a search of a shipped space begins that knows nothing of an origin."""
    space = cnnsearch.load_space(str(settings.space))
    return recommended_points(settings, space, dataset, history_without(origin))


def write_space(
    space: str, points: Mapping[str, Mapping[str, object]], file: Path, **constraints: int
) -> Path:
    """Write a shipped space with other baselines and further constraints."""
    tree = plain_space(find_space(space))
    file.parent.mkdir(parents=True, exist_ok=True)
    baselines = {name: dict(point) for name, point in points.items()}
    limits = {**tree.get("constraints", {}), **constraints}
    file.write_text(dump_yaml({**tree, "constraints": limits, "baselines": baselines}), encoding="utf-8")
    return file
