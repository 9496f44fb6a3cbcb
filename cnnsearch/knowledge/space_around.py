"""Recommended networks -> a space around them: the part of a shipped space that is near their values, with
the networks themselves as its baselines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import KnowledgeError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.knowledge.expressible import is_in
from cnnsearch.knowledge.ranking import Recommendation
from cnnsearch.search.target import Target
from cnnsearch.space import SearchSpace, load_space, shipped_spaces
from cnnsearch.space.dialect.baselines import covers
from cnnsearch.space.dialect.faults import Faults
from cnnsearch.space.dialect.loading import parse_space
from cnnsearch.space.dialect.reading import read_text
from cnnsearch.space.dialect.uses import plain_space
from cnnsearch.space.domains import Plain
from cnnsearch.space.library import find_space
from cnnsearch.space.survey import Field
from cnnsearch.study.folder import valid_name
from cnnsearch.study.settings import dump_yaml

MARGIN = 0.25
"""Part of a range, or of its logarithm, that is added on both sides of the recommended values."""
WRAPPERS = ("one_of", "sequence", "per_stage", "per_block", "per_layer", "per_branch")
"""Keys that are no part of a parameter's name."""


@dataclass(frozen=True)
class SpaceAround:
    """A space around recommended networks.

    Attributes:
        source: The shipped space that it is a part of.
        text: The YAML file.
        configurations: The recommended networks that it has as baselines.
    """

    source: str
    text: str
    configurations: tuple[Configuration, ...]


def space_around(
    configurations: Sequence[Configuration], target: Target, name: str, comment: str
) -> SpaceAround:
    """Return the space around the configurations of one shipped space: the one that has the most of them.

    Args:
        configurations: The recommended networks.
        target: The dataset's shape and task.
        name: The name of the new space; other characters than those of names are replaced.
        comment: Where it is from, in one line.

    Raises:
        KnowledgeError: No shipped space has any of the networks.
    """
    found = {source: _within(source, configurations, target) for source in shipped_spaces()}
    source = max(found, key=lambda name: len(found[name]))
    own = found[source]
    if not own:
        raise KnowledgeError("no shipped space has any of the recommended networks")
    tree = plain_space(find_space(source))
    narrowing = _Narrowing(load_space(source).fields, [configuration.params for configuration in own])
    parts: dict[str, Any] = {
        key: narrowing.narrowed(tree[key], ()) for key in ("architecture", "training") if key in tree
    }
    name = valid_name(name)
    described = {"name": name, "description": f"The part of {source} around recommended networks."}
    around: dict[str, Any] = {**tree, **described, **parts}
    around.pop("baselines", None)
    known = parse_text(dump_yaml(around), name).parameters
    points: dict[str, dict[str, Plain]] = {
        f"recommended{number}": {key: value for key, value in configuration.params.items() if key in known}
        for number, configuration in enumerate(own, start=1)
    }
    text = f"# {name}: {comment}\n{dump_yaml(around, is_compact=True)}{dump_yaml({'baselines': points})}"
    return SpaceAround(source, text, tuple(own))


def parse_text(text: str, name: str) -> SearchSpace:
    """Return the space of a YAML text."""
    faults, path = Faults(), Path(f"{name}.yaml")
    return parse_space(read_text(text, path, faults), path, faults)


def _within(source: str, configurations: Iterable[Configuration], target: Target) -> list[Configuration]:
    space = load_space(source)
    return [configuration for configuration in configurations if is_in(space, configuration, target)]


class _Narrowing:
    """Replaces the domains of a space's tree by their parts around given points."""

    def __init__(self, fields: Mapping[str, Field], points: Sequence[Mapping[str, Plain]]) -> None:
        self._fields, self._points = fields, points

    def narrowed(self, tree: Any, path: tuple[str, ...]) -> Any:
        """Return a part of the tree; `path` holds the keys that lead to it."""
        used = self._used(path or ("architecture",))
        if isinstance(tree, dict):
            if used and "low" in tree:
                return _part_of_range(tree, used)
            if used and isinstance(tree.get("one_of"), list):
                return {**tree, "one_of": self._chosen(tree["one_of"], path, used)}
            return {key: self.narrowed(value, self._below(path, key)) for key, value in tree.items()}
        if isinstance(tree, list):
            if any(isinstance(item, dict) for item in tree):
                return [self.narrowed(item, (*path, *_label(item))) for item in tree]
            return _part_of_choice(tree, used) if used else tree
        return tree

    def _chosen(self, items: list[Any], path: tuple[str, ...], used: list[Plain]) -> list[Any]:
        """Return the alternatives that a point has, narrowed."""
        kept = [item for item in items if (_label(item) or (str(item),))[0] in used]
        return [self.narrowed(item, (*path, *_label(item))) for item in kept]

    def _below(self, path: tuple[str, ...], key: str) -> tuple[str, ...]:
        is_label = bool(path) and path[-1] == key  # `adamw: {...}` as an item is its own label
        return path if is_label or key in WRAPPERS else (*path, key)

    def _used(self, path: tuple[str, ...]) -> list[Plain]:
        """Return the values of the points for the parameters of a path."""
        names = [name for name, field in self._fields.items() if field.domain and covers(path, field.path)]
        return [point[name] for point in self._points for name in names if name in point]


def _label(item: Any) -> tuple[str, ...]:
    """Return the name of an item of a sequence or a choice: its `name`, else its word."""
    if not isinstance(item, dict):
        return ()
    words = [key for key, value in item.items() if key not in ("name", "repeat")]
    return (str(item.get("name", words[0] if words else "")),)


def _part_of_choice(items: list[Any], used: list[Plain]) -> list[Any]:
    """Return the used items; of numbers also their neighbours. A single one stays a choice, so that the
    values of its trials name it too."""
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        ordered = sorted(items)
        places = [ordered.index(value) for value in used if value in ordered]
        kept = ordered[max(min(places) - 1, 0) : max(places) + 2] if places else ordered
    else:
        kept = [item for item in items if item in used] or items
    return kept


def _part_of_range(tree: dict[str, Any], used: list[Plain]) -> dict[str, Any]:
    """Return the range around the used values, with a margin on both sides, within the old one."""
    numbers = [float(value) for value in used if isinstance(value, int | float)]
    low, high = float(tree["low"]), float(tree["high"])
    if tree.get("log"):
        margin = (high / low) ** MARGIN
        ends = (max(low, min(numbers) / margin), min(high, max(numbers) * margin))
    else:
        margin = MARGIN * (high - low)
        ends = (max(low, min(numbers) - margin), min(high, max(numbers) + margin))
    is_whole = isinstance(tree["low"], int) and isinstance(tree["high"], int)
    rounded = [round(end) if is_whole else float(f"{end:.4g}") for end in ends]
    if "step" in tree or rounded[0] >= rounded[1]:
        return tree
    return {**tree, "low": rounded[0], "high": rounded[1]}


def around_recommended(
    recommendations: Sequence[Recommendation], summary: DatasetSummary, name: str
) -> SpaceAround:
    """Return the space around recommended networks for a dataset.

    Raises:
        KnowledgeError: No shipped space has any of the networks.
    """
    comment = "written by `cnnsearch recommend`; its baselines are the recommended networks, in order"
    configurations = [each.configuration for each in recommendations]
    return space_around(configurations, Target.of(summary), name, comment)
