"""Experiences -> one table of regrets: source datasets by recipes, where gaps are filled by a surrogate."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.experience import Experience, Finding, Recipe, TrialExperience
from cnnsearch.knowledge.surrogate import Surrogate, recipe_vectors

FEWEST = 5
"""Trials of one length below which a study says nothing about that length."""
WORST = 2.0
"""The largest regret, also that of a training whose loss became infinite: 1 is the study's median."""


@dataclass(frozen=True, eq=False)
class Table:
    """The results of a study's trials of one length, comparable with each other.

    Attributes:
        experience: The study.
        examples: The length of training.
        scores: The score of each recipe by its identity, larger being better; -inf for a loss that became
            infinite.
        trials: The trials by the identity of their recipes.
    """

    experience: Experience
    examples: int
    scores: dict[str, float]
    trials: dict[str, TrialExperience]

    @property
    def origin(self) -> str:
        """The origin of the dataset."""
        return self.experience.origin

    @cached_property
    def best(self) -> float:
        """The best score."""
        return max(self.scores.values())

    @cached_property
    def middle(self) -> float:
        """The median score, without the infinite ones."""
        return median(score for score in self.scores.values() if math.isfinite(score))

    def regret(self, score: float) -> float:
        """Return the normalised regret of a score: 0 for the best, 1 for the median, at most `WORST`."""
        return min(max((self.best - score) / (self.best - self.middle), 0.0), WORST)


def tables_of(findings: Iterable[Finding]) -> list[Table]:
    """Return the tables of studies whose trials differ."""
    found = []
    for finding in findings:
        sign = 1.0 if finding.experience.direction == "maximize" else -1.0
        for trials in finding.experience.budgets:
            scores: dict[str, float] = {}
            own: dict[str, TrialExperience] = {}
            for trial in trials:
                identity = finding.recipes[trial.recipe].identity
                score = -math.inf if trial.value is None else sign * trial.value
                if score >= scores.get(identity, -math.inf):
                    scores[identity], own[identity] = score, trial
            table = Table(finding.experience, trials[0].examples, scores, own)
            if sum(map(math.isfinite, scores.values())) >= FEWEST and table.best > table.middle:
                found.append(table)
    return found


@dataclass(frozen=True, eq=False)
class Regrets:
    """The regrets of recipes on source datasets.

    Attributes:
        tables: The rows.
        recipes: The columns.
        known: `(tables, recipes)`; the regret where it was measured, NaN elsewhere.
        filled: `(tables, recipes)`; the regret, predicted where it was not measured.
    """

    tables: Sequence[Table]
    recipes: Sequence[Recipe]
    known: NDArray[np.float64]
    filled: NDArray[np.float64] = field(repr=False)

    def without_origin(self, origin: str) -> "Regrets":
        """Return the rows of other origins, and the recipes that were trained on one of them."""
        rows = np.flatnonzero([table.origin != origin for table in self.tables])
        columns = np.flatnonzero(np.isfinite(self.known[rows]).any(axis=0))
        return Regrets(
            [self.tables[row] for row in rows.tolist()],
            [self.recipes[column] for column in columns.tolist()],
            self.known[np.ix_(rows, columns)],
            self.filled[np.ix_(rows, columns)],
        )


def regrets_of(findings: Sequence[Finding]) -> Regrets:
    """Return the regrets of all recipes on all source datasets."""
    tables = tables_of(findings)
    recipes = {recipe.identity: recipe for finding in findings for recipe in finding.recipes.values()}
    named = [name for name in sorted(recipes) if any(name in table.scores for table in tables)]
    known = np.full((len(tables), len(named)), np.nan)
    places = {name: place for place, name in enumerate(named)}
    for row, table in enumerate(tables):
        for name, score in table.scores.items():
            known[row, places[name]] = table.regret(score)
    kept = [recipes[name] for name in named]
    return Regrets(tables, kept, known, _filled(known, kept))


def _filled(known: NDArray[np.float64], recipes: Sequence[Recipe]) -> NDArray[np.float64]:
    """Fill the gaps of each row with the predictions of its own surrogate."""
    filled = known.copy()
    if not known.size or not np.isnan(known).any():
        return filled
    vectors = recipe_vectors(recipes)
    for row, regrets in enumerate(known):
        gaps = np.isnan(regrets)
        if gaps.any():
            surrogate = Surrogate(vectors[~gaps], regrets[~gaps])
            filled[row, gaps] = np.clip(surrogate.predict(vectors[gaps]), 0.0, WORST)
    return filled
