"""Experiences without anything private, to give them to others."""

from collections.abc import Iterable
from functools import cache

from cnnsearch.knowledge.experience import Finding, Recipe
from cnnsearch.knowledge.warm_start import is_in
from cnnsearch.search.target import Target
from cnnsearch.space import Pixels, SearchSpace, load_space, shipped_spaces
from cnnsearch.tasks.registry import short_task


def shareable(findings: Iterable[Finding]) -> list[Finding]:
    """Return experiences whose recipes have the values of parameters only if a shipped space has them: the
    names of other spaces are their authors' own."""
    return [_shareable(finding) for finding in findings]


def _shareable(finding: Finding) -> Finding:
    shape = finding.experience.dataset.shape
    recipes = {digest: _public(recipe, shape) for digest, recipe in finding.recipes.items()}
    trials = tuple(
        trial.model_copy(update={"recipe": recipes[trial.recipe].digest})
        for trial in finding.experience.trials
    )
    experience = finding.experience.model_copy(update={"trials": trials})
    known = {recipe.digest: recipe for recipe in recipes.values()}
    return Finding.model_validate({"experience": experience.model_dump(), "recipes": known})


def _public(recipe: Recipe, shape: tuple[int, ...]) -> Recipe:
    target = Target(shape, short_task(num_classes=2), Pixels())
    if recipe.params and any(is_in(space, recipe, target) for space in _spaces()):
        return recipe
    return Recipe.model_validate({**recipe.model_dump(), "params": {}})


@cache
def _spaces() -> list[SearchSpace]:
    return [load_space(name) for name in shipped_spaces()]
