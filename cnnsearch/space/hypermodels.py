"""A hypermodel as a SearchSpace: its parameters are those that trials have asked for so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnsearch.architecture.recipe import Possible, Recipe
from cnnsearch.plan.training_plan import TrainingPlan
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.domains import Choice, Domain, Range
from cnnsearch.space.nodes import Node
from cnnsearch.space.space import SearchSpace
from cnnsearch.space.visitor import Visitor


@dataclass(frozen=True)
class _RecipeNode(Node):
    """A network of which nothing is known yet but how to build it."""

    recipe: Recipe

    def build(self, visitor: Visitor) -> dict[str, Any]:
        return {"recipe": self.recipe}


@dataclass(frozen=True)
class _PlanNode(Node):
    """The default plan; a hypermodel compiles and trains by itself."""

    def build(self, visitor: Visitor) -> TrainingPlan:
        return TrainingPlan()


def hypermodel_space(source: str, folder: str, known: Iterable[Recipe] = ()) -> SearchSpace:
    """The space of a hypermodel.

    Args:
        source: `package.module:name`.
        folder: Where its module is looked for besides the usual places.
        known: What trials have asked for already.
    """
    space = SearchSpace(
        name=source.rpartition(":")[2],
        description=f"The hypermodel {source} of KerasTuner.",
        path=Path(source),
        constraints=Constraints(),
        baselines={},
        fields={},
        architecture=_RecipeNode(Recipe(source=source, folder=folder)),
        training=_PlanNode(),
    )
    for recipe in known:
        learn_all(space, recipe)
    return space


def learn_all(space: SearchSpace, recipe: Recipe) -> None:
    """Adds what a trial has asked for to its space."""
    for name, possible in recipe.possible.items():
        learn(space, name, possible)


def learn(space: SearchSpace, name: str, possible: Possible) -> str:
    """Adds a parameter to a hypermodel's space, or widens a range that is there.

    Returns:
        Why that cannot be, as it would be another parameter of the same name; empty where it can.
    """
    found, known = domain_of(possible), space.parameters.get(name)
    merged = found if known is None else _merged(known, found)
    if merged is None:
        return f"{name}: found {found}; expected {known}, as it was in another trial"
    space.parameters[name] = merged
    return ""


def domain_of(possible: Possible) -> Domain:
    """The domain that is described."""
    if possible.choices:
        return Choice(possible.choices)
    return Range(possible.low, possible.high, log=possible.log, step=possible.step)


def possible_of(domain: Domain) -> Possible:
    """A domain's description."""
    if isinstance(domain, Choice):
        return Possible(choices=domain.values)
    assert isinstance(domain, Range)
    return Possible(low=domain.low, high=domain.high, log=domain.log, step=domain.step)


def _merged(known: Domain, found: Domain) -> Domain | None:
    if known == found:
        return known
    if not isinstance(known, Range) or not isinstance(found, Range):
        return None
    if (known.is_integer, known.log) != (found.is_integer, found.log):
        return None
    low, high = min(known.low, found.low), max(known.high, found.high)
    return Range(low, high, log=known.log, step=known.step if known.step == found.step else None)
