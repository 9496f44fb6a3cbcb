"""Points of a space to begin with: those that the experience of other data recommends, as its baselines."""

from collections.abc import Mapping
from pathlib import Path

import cnnsearch
from cnnsearch.data.store import StoredData
from cnnsearch.knowledge.advice import Wish, advise
from cnnsearch.knowledge.features import features_of
from cnnsearch.knowledge.history import SHIPPED, Known, shipped_folder
from cnnsearch.knowledge.pack import SUFFIX, read_pack
from cnnsearch.knowledge.warm_start import SIZE, is_in
from cnnsearch.search.target import Target
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.reading import read_file
from cnnsearch.space.dialect.tree import plain
from cnnsearch.space.dialect.uses import Library
from cnnsearch.space.library import find_space
from cnnsearch.study.settings import dump_yaml


def recommended_points(space: str, data: Path, origin: str, **limits: int) -> dict[str, dict[str, object]]:
    """Return the points that the shipped experience without an origin recommends for a dataset.

    Args:
        space: The name of a shipped space.
        data: The dataset.
        origin: The origin that is left out.
        **limits: Constraints beside those of the space, such as `max_macs`.
    """
    dataset, loaded = cnnsearch.load_data(data), cnnsearch.load_space(space)
    files = sorted(shipped_folder().glob(f"*{SUFFIX}"))
    history = [Known(finding, SHIPPED) for file in files for finding in read_pack(file)]
    target = Target.of(dataset.summary)
    wish = Wish(
        dataset.summary,
        features_of(StoredData(dataset.summary, dataset.train, dataset.validation)),
        SIZE,
        Constraints({**loaded.constraints.limits, **limits}),
        accepts=lambda recipe: is_in(loaded, recipe, target),
    )
    others = [known for known in history if known.finding.experience.origin != origin]
    found = advise(others, wish).recommendations
    return {f"recommended{number}": each.recipe.params for number, each in enumerate(found, start=1)}


def write_space(
    space: str, points: Mapping[str, Mapping[str, object]], file: Path, **constraints: int
) -> Path:
    """Write a shipped space with other baselines and further constraints."""
    faults = Faults()
    tree = plain(Library().expanded(read_file(find_space(space), faults), faults))
    file.parent.mkdir(parents=True, exist_ok=True)
    baselines = {name: dict(point) for name, point in points.items()}
    limits = {**tree.get("constraints", {}), **constraints}
    file.write_text(dump_yaml({**tree, "constraints": limits, "baselines": baselines}), encoding="utf-8")
    return file
