"""A dataset and the history -> recommended networks, in the order in which to train them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from cnnsearch.architecture import Analysis, analyze
from cnnsearch.data.summary import DatasetSummary
from cnnsearch.errors import InfeasibleArchitectureError, KnowledgeError
from cnnsearch.knowledge.experience import Configuration
from cnnsearch.knowledge.features import DatasetFeatures
from cnnsearch.knowledge.history import HistoryEntry
from cnnsearch.knowledge.left_out import error_bounds
from cnnsearch.knowledge.portfolio import portfolio
from cnnsearch.knowledge.prediction import ExpectedScore, ScoreModel
from cnnsearch.knowledge.similarity import distances, far_distance, weights
from cnnsearch.knowledge.tables import Regrets, Table, regrets_of, tables_of
from cnnsearch.page.formatting import plural
from cnnsearch.plan.augmentation import applies
from cnnsearch.search.cost_model import CostModel, Workload
from cnnsearch.search.rates import Rates
from cnnsearch.search.target import Target
from cnnsearch.space import Candidate
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import costs
from cnnsearch.tasks.base import Task

NEAR_THE_BEST = 0.25
"""Regret up to which a configuration counts as near the best of a study."""
START = 1.0
"""Seconds of a training in addition to its steps."""
USUAL_RATE = 1e11
"""Operations per second by which trainings are compared: the order is the same on every machine."""


@dataclass(frozen=True)
class Request:
    """What networks are wanted.

    Attributes:
        summary: The summary of the dataset.
        features: The features of the dataset.
        size: The number of networks, at most.
        limits: Constraints on their costs.
        rates: The speed of this machine, for predicted times; None: none are predicted.
        accepts: Whether a configuration is wanted; None: all are.
        is_timed: Whether they are for a search with a time limit, so that what each adds counts per second of
            its training; otherwise it counts per network.
    """

    summary: DatasetSummary
    features: DatasetFeatures
    size: int
    limits: Constraints
    rates: Rates | None = None
    accepts: Callable[[Configuration], bool] | None = None
    is_timed: bool = False


@dataclass(frozen=True)
class Recommendation:
    """A network to train.

    Attributes:
        candidate: The network for the dataset, and its training.
        configuration: What was trained on other data.
        regret: The expected regret: 0 for the best known configuration, 1 for the median.
        expected: The expected score; None if too little is known.
        analysis: Its shapes and costs.
        epoch_seconds: Predicted seconds of an epoch on this machine.
        good_on: The source datasets on which it was near the best, the most similar first.
        num_trained: The number of source datasets on which it was trained.
    """

    candidate: Candidate
    configuration: Configuration
    regret: float
    expected: ExpectedScore | None
    analysis: Analysis
    epoch_seconds: float
    good_on: tuple[Table, ...]
    num_trained: int

    @property
    def reason(self) -> str:
        """Why it is recommended, in words."""
        if not self.good_on:
            return f"complements the others (trained on {plural(self.num_trained, 'dataset')})"
        nearest = self.good_on[0].experience.dataset.text
        trained = plural(self.num_trained, "dataset")
        return f"near the best on {len(self.good_on)} of {trained}, such as {nearest}"


@dataclass(frozen=True)
class Recommendations:
    """The networks for a dataset, and what they are derived from.

    Attributes:
        dataset: The features of the dataset.
        networks: The networks, in the order in which to train them.
        nearest: The most similar source dataset.
        is_far: Whether the dataset is unlike all source datasets.
        studies: The number of studies that count, by their source.
        is_of_other_task: Whether all of them are for another task, whose scores cannot be expected here.
    """

    dataset: DatasetFeatures
    networks: tuple[Recommendation, ...]
    nearest: DatasetFeatures
    is_far: bool
    studies: Mapping[str, int]
    is_of_other_task: bool

    @property
    def studies_text(self) -> str:
        """The number of studies by their source, as text."""
        by_source = ", ".join(f"{number} {source}" for source, number in self.studies.items())
        task = f" of {self.nearest.task}" if self.is_of_other_task else ""
        return f"{plural(sum(self.studies.values()), 'study')}{task} ({by_source})"


def rank_networks(history: Sequence[HistoryEntry], request: Request) -> Recommendations:
    """Return the networks that the history recommends for a dataset.

    Raises:
        KnowledgeError: No study of such data is known, or none of its networks fits.
    """
    dimensions = request.features.dimensions
    alike = [entry for entry in history if entry.experience.dataset.dimensions == dimensions]
    regrets = regrets_of(tables_of(entry.experience for entry in alike))
    if not regrets.tables:
        raise KnowledgeError(
            f"no study of data with {dimensions} spatial dimensions is known; `cnnsearch history` lists the "
            "known ones"
        )
    shares = weights(request.features, regrets.tables, request.summary.fingerprint)
    means = shares @ regrets.filled
    fitting = _fitting(regrets.configurations, np.argsort(means, kind="stable").tolist(), request)
    if not fitting:
        raise KnowledgeError(_without_network(len(regrets.configurations), request))
    ranking = _Ranking(regrets, request, fitting, shares, means)
    used = {table.experience.study for table in regrets.tables}
    return Recommendations(
        dataset=request.features,
        networks=tuple(map(ranking.recommendation, ranking.order())),
        nearest=ranking.nearest,
        is_far=ranking.is_far,
        studies=Counter(entry.source for entry in alike if entry.experience.study in used),
        is_of_other_task=ranking.is_of_other_task,
    )


@dataclass(frozen=True)
class _Fitting:
    """A configuration that fits a dataset."""

    configuration: Configuration
    candidate: Candidate
    analysis: Analysis

    def epoch_seconds(self, model: CostModel, examples: int) -> float:
        batch_size = self.candidate.training.batch_size
        return examples * model.example_seconds(Workload.of(self.analysis), batch_size)


def _fitting(
    configurations: Sequence[Sequence[Configuration]], order: Iterable[int], request: Request
) -> dict[int, _Fitting]:
    """Return the first configurations of an order, by column, that can be built and trained on a dataset
    within the limits."""
    target = Target.of(request.summary)
    found: dict[int, _Fitting] = {}
    for column in order:
        spellings = configurations[column]
        wanted = next((each for each in spellings if request.accepts is None or request.accepts(each)), None)
        if wanted is None or not suits(wanted, target.input_shape, target.task):
            continue
        try:
            candidate = wanted.candidate(target.input_shape, target.task.outputs, target.pixels)
            analysis = analyze(candidate.architecture)
            request.limits.check(costs(analysis, candidate.training))
        except InfeasibleArchitectureError:
            continue
        found[column] = _Fitting(wanted, candidate, analysis)
    return found


def _without_network(known: int, request: Request) -> str:
    task = request.summary.task
    if task.is_dense:
        return (
            f"none of {known} known networks fits: the task {task.type} needs a decoder, and few studies of "
            "such tasks are known; search the space auto_dense"
        )
    return f"none of {known} known networks fits these data and the limits; raise the limits"


def suits(configuration: Configuration, shape: tuple[int, ...], task: Task) -> bool:
    """Return whether a configuration's network and training apply to examples of a shape and to a task."""
    augmentation = configuration.training.augmentation
    if (configuration.architecture.decoder is not None) != task.is_dense:
        return False
    if not task.target_form.can_be_mixed and any(part.mixes_targets for part in augmentation):
        return False
    if configuration.training.loss not in ("auto", *task.losses):
        return False
    return configuration.dimensions == len(shape) - 1 and all(applies(part, shape) for part in augmentation)


class _Ranking:
    """The order of the configurations that fit a dataset, and what is said about each."""

    def __init__(
        self,
        regrets: Regrets,
        request: Request,
        fitting: Mapping[int, _Fitting],
        shares: NDArray[np.float64],
        means: NDArray[np.float64],
    ) -> None:
        self._regrets, self._request, self._fitting = regrets, request, fitting
        self._shares, self._means = shares, means
        self._distances = distances(request.features, regrets.tables)
        metric = request.summary.task.main_metric().on("validation").name
        self._scores = ScoreModel(regrets.tables, metric, error_bounds(metric, request.features.dimensions))
        self._machine = request.rates.model() if request.rates else None

    @property
    def nearest(self) -> DatasetFeatures:
        """The most similar dataset."""
        return self._regrets.tables[int(self._distances.argmin())].experience.dataset

    @property
    def is_far(self) -> bool:
        """Whether the dataset is unlike all others."""
        return bool(self._distances.min() > far_distance(self._regrets.tables))

    @property
    def is_of_other_task(self) -> bool:
        """Whether all known datasets are for another task."""
        tasks = {table.experience.dataset.task for table in self._regrets.tables}
        return self._request.features.task not in tasks

    def order(self) -> list[int]:
        """Return the columns of the portfolio, in order."""
        columns, costs = list(self._fitting), None
        if self._request.is_timed:
            usual, examples = CostModel(USUAL_RATE), self._request.features.examples
            seconds = [self._fitting[column].epoch_seconds(usual, examples) for column in columns]
            costs = START + np.array(seconds)
        chosen = portfolio(self._regrets.filled[:, columns], self._shares, self._request.size, costs)
        return [columns[place] for place in chosen]

    def recommendation(self, column: int) -> Recommendation:
        """Return the recommendation of a configuration."""
        fitting, known = self._fitting[column], self._regrets.known[:, column]
        features, regret = self._request.features, float(self._means[column])
        good = [row for row in np.argsort(self._distances, kind="stable") if known[row] <= NEAR_THE_BEST]
        tables = self._regrets.tables
        good_on = {tables[row].experience.fingerprint: tables[row] for row in reversed(good)}
        trained = {table.experience.fingerprint for table in compress(tables, np.isfinite(known))}
        return Recommendation(
            candidate=fitting.candidate,
            configuration=fitting.configuration,
            regret=regret,
            expected=self._scores.expected(features, regret),
            analysis=fitting.analysis,
            epoch_seconds=fitting.epoch_seconds(self._machine, features.examples) if self._machine else 0.0,
            good_on=tuple(reversed(good_on.values())),
            num_trained=len(trained),
        )
