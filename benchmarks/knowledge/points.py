"""Points of a space to begin with: those that the experience of other data recommends."""

from collections.abc import Mapping
from pathlib import Path

import cnnsearch
from cnnsearch.data import Dataset
from cnnsearch.knowledge.history import SHIPPED, HistoryEntry, shipped_folder
from cnnsearch.knowledge.pack import SUFFIX, read_pack
from cnnsearch.knowledge.warm_start import recommended_points
from cnnsearch.space.dialect.uses import plain_space
from cnnsearch.space.library import find_space
from cnnsearch.study.settings import Settings, dump_yaml
from cnnsearch.study.warm_start import WarmStart


def history_without(origin: str) -> list[HistoryEntry]:
    """Return the shipped experience without an origin."""
    files = sorted(shipped_folder().glob(f"*{SUFFIX}"))
    shipped = [experience for file in files for experience in read_pack(file)]
    return [HistoryEntry(experience, SHIPPED) for experience in shipped if experience.origin != origin]


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
