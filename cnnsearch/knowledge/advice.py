"""A dataset and the history -> recommended networks, in the order in which to train them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnsearch.architecture import Analysis, analyze
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import InfeasibleArchitectureError, KnowledgeError
from cnnsearch.knowledge.experience import Recipe
from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.history import Known
from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.prediction import Expected, ScoreModel
from cnnsearch.knowledge.similarity import distances, typical_distance, weights
from cnnsearch.knowledge.tables import Regrets, Table, regrets_of
from cnnsearch.search.cost_model import CostModel, Workload
from cnnsearch.search.rates import Rates
from cnnsearch.search.target import Target
from cnnsearch.space import Candidate
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import costs

GOOD = 0.25
"""Regret up to which a recipe counts as near the best of a study."""
START = 1.0
"""Seconds of a training in addition to its steps."""
USUAL_RATE = 1e11
"""Operations per second by which trainings are compared: the order is the same on every machine."""


@dataclass(frozen=True)
class Recommendation:
    """A network to train.

    Attributes:
        candidate: The network for the dataset, and its training.
        recipe: What was trained on other data.
        regret: The expected regret: 0 for the best known recipes, 1 for the median.
        expected: The expected score; None if too little is known.
        analysis: Its shapes and costs.
        epoch_seconds: Predicted seconds of an epoch on this machine.
        good_on: The source datasets on which it was near the best, the most similar first.
        trained_on: The number of source datasets on which it was trained.
    """

    candidate: Candidate
    recipe: Recipe
    regret: float
    expected: Expected | None
    analysis: Analysis
    epoch_seconds: float
    good_on: tuple[Table, ...]
    trained_on: int

    @property
    def reason(self) -> str:
        """Why it is recommended, in words."""
        if not self.good_on:
            return f"adds most to the others; trained on {self.trained_on} datasets"
        nearest = self.good_on[0].experience.dataset.text
        return f"near the best on {len(self.good_on)} of {self.trained_on} datasets, as on {nearest}"


@dataclass(frozen=True)
class Advice:
    """What the history says about a dataset.

    Attributes:
        dataset: The features of the dataset.
        recommendations: The networks, in the order in which to train them.
        nearest: The most similar source dataset.
        distance: Its distance.
        is_unlike: Whether no source dataset is as near as these are to each other.
        sources: The number of studies that count, by their source.
        is_of_other_task: Whether they are for another task, whose scores cannot be expected here.
    """

    dataset: DatasetFeatures
    recommendations: tuple[Recommendation, ...]
    nearest: DatasetFeatures
    distance: float
    is_unlike: bool
    sources: Mapping[str, int]
    is_of_other_task: bool


@dataclass(frozen=True)
class Wish:
    """What networks are wanted.

    Attributes:
        summary: The summary of the dataset.
        features: The features of the dataset.
        size: The number of networks, at most.
        limits: Constraints on their costs.
        rates: The speed of this machine, for predicted times; None: none are predicted.
        accepts: Whether a recipe is wanted; None: all are.
    """

    summary: DatasetSummary
    features: DatasetFeatures
    size: int
    limits: Constraints
    rates: Rates | None = None
    accepts: Callable[[Recipe], bool] | None = None


@dataclass(frozen=True, eq=False)
class _Fitting:
    """The recipes that fit a dataset, by column."""

    candidates: dict[int, Candidate]
    analyses: dict[int, Analysis]

    @property
    def columns(self) -> list[int]:
        return list(self.candidates)


def advise(history: Sequence[Known], wish: Wish) -> Advice:
    """Return the networks that the history recommends for a dataset.

    Raises:
        KnowledgeError: No study of such data is known, or none of its networks fits.
    """
    used = relevant(history, wish.features)
    regrets = regrets_of([known.finding for known in used])
    if not regrets.tables:
        raise KnowledgeError(
            f"no study of data with {wish.features.dimensions} spatial dimensions is known; "
            "`cnnsearch history` lists what is"
        )
    fitting = _fitting(regrets.recipes, wish)
    if not fitting.columns:
        raise KnowledgeError(
            f"none of {len(regrets.recipes)} known networks fits these data and the limits; raise the limits"
        )
    ranking = _Ranking(regrets, wish, fitting)
    sources = Counter(known.source for known in used)
    apart = float(ranking.apart.min())
    return Advice(
        dataset=wish.features,
        recommendations=tuple(map(ranking.recommendation, ranking.order())),
        nearest=ranking.nearest,
        distance=apart,
        is_unlike=apart > typical_distance(regrets.tables),
        sources=sources,
        is_of_other_task=ranking.is_of_other_task,
    )


def relevant(history: Sequence[Known], features: DatasetFeatures) -> list[Known]:
    """Return the experiences with data of as many dimensions: those of the same task, if there are any."""
    alike = [k for k in history if k.finding.experience.dataset.dimensions == features.dimensions]
    same = [k for k in alike if k.finding.experience.dataset.task == features.task]
    return same or alike


class _Ranking:
    """The order of the recipes that fit a dataset, and what is said about each."""

    def __init__(self, regrets: Regrets, wish: Wish, fitting: _Fitting) -> None:
        self._regrets, self._wish, self._fitting = regrets, wish, fitting
        self.apart = distances(wish.features, regrets.tables)
        self._shares = weights(wish.features, regrets.tables, wish.summary.fingerprint)
        self._means = self._shares @ regrets.filled
        self._scores = ScoreModel([] if self.is_of_other_task else regrets.tables)
        self._machine = wish.rates.model() if wish.rates else None

    @property
    def nearest(self) -> DatasetFeatures:
        """The most similar dataset."""
        return self._regrets.tables[int(self.apart.argmin())].experience.dataset

    @property
    def is_of_other_task(self) -> bool:
        """Whether the known datasets are for another task."""
        return self.nearest.task != self._wish.features.task

    def order(self) -> list[int]:
        """Return the columns of the portfolio, in order."""
        columns, usual = self._fitting.columns, CostModel(USUAL_RATE)
        seconds = np.array([START + self._epoch_seconds(usual, column) for column in columns])
        chosen = portfolio(self._regrets.filled[:, columns], self._shares, self._wish.size, seconds)
        return [columns[place] for place in chosen]

    def recommendation(self, column: int) -> Recommendation:
        """Return the recommendation of a recipe."""
        known, regret = self._regrets.known[:, column], float(self._means[column])
        good = [row for row in np.argsort(self.apart, kind="stable") if known[row] <= GOOD]
        return Recommendation(
            candidate=self._fitting.candidates[column],
            recipe=self._regrets.recipes[column],
            regret=regret,
            expected=self._scores.expected(self._wish.features, regret),
            analysis=self._fitting.analyses[column],
            epoch_seconds=self._epoch_seconds(self._machine, column) if self._machine else 0.0,
            good_on=tuple(self._regrets.tables[row] for row in good),
            trained_on=int(np.isfinite(known).sum()),
        )

    def _epoch_seconds(self, model: CostModel, column: int) -> float:
        batch = self._fitting.candidates[column].training.batch_size
        workload = Workload.of(self._fitting.analyses[column])
        return self._wish.features.examples * model.example_seconds(workload, batch)


def _fitting(recipes: Sequence[Recipe], wish: Wish) -> _Fitting:
    """Return the recipes that can be built and trained on a dataset within the limits."""
    target = Target.of(wish.summary)
    candidates: dict[int, Candidate] = {}
    analyses: dict[int, Analysis] = {}
    for column, recipe in enumerate(recipes):
        if not suits(recipe, target.input_shape) or not (wish.accepts is None or wish.accepts(recipe)):
            continue
        try:
            candidate = recipe.candidate(target.input_shape, target.task.outputs, target.pixels)
            analysis = analyze(candidate.architecture)
            wish.limits.check(costs(analysis, candidate.training))
        except InfeasibleArchitectureError:
            continue
        candidates[column], analyses[column] = candidate, analysis
    return _Fitting(candidates, analyses)


def suits(recipe: Recipe, shape: tuple[int, ...]) -> bool:
    """Return whether a recipe's network and augmentation apply to examples of a shape."""
    if recipe.dimensions != len(shape) - 1:
        return False
    for part in recipe.training.augmentation:
        if len(shape) - 1 not in getattr(part, "dimensions", (len(shape) - 1,)):
            return False
        if getattr(part, "needs_colour", False) and shape[-1] != 3:
            return False
    return True
