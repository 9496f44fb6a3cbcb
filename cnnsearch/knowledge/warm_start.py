"""A new study -> the points of its space that the history recommends to begin with."""

import logging
from pathlib import Path

from cnnsearch.data import Dataset
from cnnsearch.data.store import StoredData
from cnnsearch.errors import KnowledgeError, StudyError
from cnnsearch.knowledge.advice import Advice, Wish, advise
from cnnsearch.knowledge.experience import Recipe
from cnnsearch.knowledge.feature_cache import known_features
from cnnsearch.knowledge.history import read_history
from cnnsearch.search.target import Target
from cnnsearch.space import Candidate, SearchSpace, Space
from cnnsearch.space.constraints import Constraints
from cnnsearch.study.folder import find_study
from cnnsearch.study.records import RECOMMENDED
from cnnsearch.study.settings import Settings
from cnnsearch.study.warm_start import WarmStart, read_warm_start

logger = logging.getLogger(__name__)

COVERED = ("auto", "signal1d")
"""The spaces from which the shipped experience is drawn."""
SIZE = 8
"""Number of points to begin with, at most."""


def warm_start_for(settings: Settings, space: Space, dataset: Dataset, runs: Path) -> WarmStart | None:
    """Return the points with which a study begins; None if there are none, or none are wanted.

    Raises:
        StudyError: The settings name a study that is not found, or that began without recommended networks.
    """
    if settings.warm_start not in ("auto", "recommended", "none"):
        return _as_in(settings.warm_start, runs)
    is_covered = settings.warm_start == "auto" and settings.space in COVERED
    is_wanted = is_covered or settings.warm_start == "recommended"
    if not is_wanted or not isinstance(space, SearchSpace) or settings.sampler == "grid":
        return None
    target = Target.of(dataset.summary)
    wish = Wish(
        dataset.summary,
        known_features(StoredData(dataset.summary, dataset.train, dataset.validation)),
        SIZE,
        Constraints({**space.constraints.limits, **settings.limits}),
        accepts=lambda recipe: is_in(space, recipe, target),
    )
    try:
        advice = advise(read_history(runs), wish)
    except KnowledgeError as error:
        logger.info("no warm start: %s", error)
        return None
    points = {f"{RECOMMENDED} {n}": r.recipe.params for n, r in enumerate(advice.recommendations, start=1)}
    return WarmStart(points=points, text=described(advice), with_baselines=advice.is_unlike)


def _as_in(name: str, runs: Path) -> WarmStart:
    try:
        study = find_study(name, runs)
    except StudyError as error:
        raise StudyError(f"--warm-start: expected auto, recommended, none or a study; {error}") from None
    found = read_warm_start(study.path)
    if found is None:
        raise StudyError(f"--warm-start: the study {study.name} began without recommended networks")
    return found


def is_in(space: SearchSpace, recipe: Recipe, target: Target) -> bool:
    """Return whether a space gives this network and training for the recipe's values."""
    encoded = space.encoded(recipe.params)
    if not encoded or len(encoded) < len(recipe.params):
        return False
    made = target.random_candidate(space, 0, recipe.params)
    return isinstance(made, Candidate) and Recipe.of(made).identity == recipe.identity


def described(advice: Advice) -> str:
    """Return where the recommended points are from, in one line."""
    by_source = ", ".join(f"{number} {source}" for source, number in advice.sources.items())
    task = f" of {advice.nearest.task}" if advice.is_of_other_task else ""
    studies = f"{sum(advice.sources.values())} studies{task} ({by_source})"
    if advice.is_unlike:
        return (
            f"warm start: {len(advice.recommendations)} networks from {studies}, then the baselines; the "
            f"data are unlike anything seen, the nearest are {advice.nearest.text}"
        )
    return (
        f"warm start: {len(advice.recommendations)} networks that did best in {studies}; the most similar "
        f"data are {advice.nearest.text}"
    )
