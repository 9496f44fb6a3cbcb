"""A new study -> the points of its space that the history recommends to begin with."""

import logging
from collections.abc import Sequence
from pathlib import Path

from cnnsearch.data import Dataset
from cnnsearch.errors import KnowledgeError, SettingsError, StudyError
from cnnsearch.knowledge.expressible import is_in
from cnnsearch.knowledge.feature_cache import known_features
from cnnsearch.knowledge.history import FAILURES, HistoryEntry, read_history
from cnnsearch.knowledge.ranking import Recommendations, Request, rank_networks
from cnnsearch.search.pacing import AT_ONCE
from cnnsearch.search.target import Target
from cnnsearch.space import SearchSpace, Space
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
        SettingsError: A warm start is asked for, but the sampler or the space does not support it.
        KnowledgeError: A warm start is asked for, but nothing is known for the space and the data.
    """
    is_usual = settings.space in COVERED and settings.sampler != "grid"
    if settings.warm_start == "none" or (settings.warm_start == "auto" and not is_usual):
        return None
    if not isinstance(space, SearchSpace) or settings.sampler == "grid":
        raise SettingsError(
            f"--warm-start {settings.warm_start}: not supported with a hypermodel or --sampler grid"
        )
    match settings.warm_start:
        case "auto":
            return _if_known(settings, space, dataset, runs)
        case "recommended":
            return recommended_points(settings, space, dataset, read_history(runs))
    return _as_in(settings.warm_start, runs)


def recommended_points(
    settings: Settings, space: SearchSpace, dataset: Dataset, history: Sequence[HistoryEntry]
) -> WarmStart:
    """Return the points of a space that a history recommends for a dataset.

    Raises:
        KnowledgeError: No known network is in the space and fits the data.
    """
    target = Target.of(dataset.summary)
    request = Request(
        dataset.summary,
        known_features(dataset),
        SIZE,
        Constraints({**space.constraints.limits, **settings.limits}),
        accepts=lambda configuration: is_in(space, configuration, target),
        is_timed=settings.timeout is not None,
    )
    found = rank_networks(history, request)
    points = {
        f"{RECOMMENDED} {n}": each.configuration.params for n, each in enumerate(found.networks, start=1)
    }
    is_doubtful = found.is_far or found.is_of_other_task or len(points) < AT_ONCE
    are_known = settings.space in COVERED
    with_baselines = settings.baselines == "all" and (is_doubtful or not are_known)
    return WarmStart(
        points=points, text=_described(found, with_baselines=with_baselines), with_baselines=with_baselines
    )


def _if_known(settings: Settings, space: SearchSpace, dataset: Dataset, runs: Path) -> WarmStart | None:
    """Return the recommended points; None, with a message for the log, if that fails."""
    try:
        return recommended_points(settings, space, dataset, read_history(runs))
    except KnowledgeError as error:
        logger.info("no warm start: %s", error)
    except FAILURES as error:
        logger.warning("no warm start: %s", error)
    return None


def _as_in(name: str, runs: Path) -> WarmStart:
    try:
        study = find_study(name, runs)
    except StudyError as error:
        raise StudyError(f"--warm-start: expected auto, recommended, none or a study; {error}") from None
    found = read_warm_start(study.path)
    if found is None:
        raise StudyError(f"--warm-start: the study {study.name} began without recommended networks")
    return found


def _described(found: Recommendations, *, with_baselines: bool) -> str:
    """Return where the recommended points are from, in one line."""
    then = ", then the baselines" if with_baselines else ""
    similar = (
        "the data are unlike anything seen, the nearest are" if found.is_far else "the most similar data are"
    )
    return (
        f"warm start: {len(found.networks)} recommended networks from {found.studies_text}{then}; {similar} "
        f"{found.nearest.text}"
    )
