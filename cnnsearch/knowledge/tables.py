"""Experiences -> one table of regrets: source datasets by configurations, where gaps are predicted."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from cnnsearch.knowledge.experience import Configuration, Experience
from cnnsearch.knowledge.surrogate import Surrogate, configuration_vectors

FEWEST = 5
"""Complete trials of one length below which a study says nothing about that length."""
REPRESENTATIVE = 20
"""Complete trials from which a study's median is taken as it is; fewer may be a selection of good ones."""
EQUAL = 1e-9
"""Differences of scores up to which a study's trials are equal, and say nothing."""
MOST_CONFIGURATIONS = 300
"""Configurations that are compared, at most: those with the lowest regrets."""
USUAL_ORIGINS = 2.0
"""How much the mean regret of all configurations counts in that of one, in origins: a configuration that did
well on one dataset can have been lucky."""
WORST = 2.0
"""The largest regret, also that of a training whose loss became infinite: 1 is the study's median."""


@dataclass(frozen=True, eq=False)
class Table:
    """The results of a study's trials of one length, comparable with each other.

    Attributes:
        experience: The study.
        examples: The length of training.
        scores: The score of each complete training by the identity of its configuration, larger being better;
            -inf for a loss that became infinite.
        pruned: The identities of configurations whose trainings were stopped before this length.
        is_longest: Whether the study has no longer trainings.
    """

    experience: Experience
    examples: int
    scores: Mapping[str, float]
    pruned: frozenset[str]
    is_longest: bool

    @property
    def origin(self) -> str:
        """The origin of the dataset."""
        return self.experience.origin

    @cached_property
    def best(self) -> float:
        """The best score."""
        return max(self.scores.values())

    @cached_property
    def worst(self) -> float:
        """The worst finite score."""
        return min(score for score in self.scores.values() if math.isfinite(score))

    @cached_property
    def median(self) -> float:
        """The median score; pruned trainings count as worse than all complete ones."""
        below = len(self.pruned) * [self.worst]
        return median([score for score in self.scores.values() if math.isfinite(score)] + below)

    @cached_property
    def spread(self) -> float:
        """The distance of the best score from the median: a regret of 1. Where most scores are the best one,
        it is the distance from the mean; 0 if all are."""
        finite = [score for score in self.scores.values() if math.isfinite(score)]
        mean = fmean(finite + len(self.pruned) * [self.worst])
        return self.best - (self.median if self.median < self.best else mean)

    def regret(self, score: float) -> float:
        """Return the normalised regret of a score: 0 for the best, 1 for the median, at most `WORST`."""
        return min(max((self.best - score) / self.spread, 0.0), WORST)

    @cached_property
    def regrets(self) -> dict[str, float]:
        """The regret of each configuration; a pruned one is at most as good as the worst complete one."""
        beyond = max(self.regret(self.worst), 1.0)
        found = {identity: self.regret(score) for identity, score in self.scores.items()}
        return {**dict.fromkeys(self.pruned, beyond), **found}


def tables_of(experiences: Iterable[Experience]) -> list[Table]:
    """Return the tables of studies whose trials differ, a study's longest trainings first."""
    return [table for experience in experiences for table in _tables_of(experience)]


def _tables_of(experience: Experience) -> list[Table]:
    sign = 1.0 if experience.direction == "maximize" else -1.0
    lengths = sorted({trial.examples for trial in experience.trials if not trial.is_pruned}, reverse=True)
    identities = {key: each.identity for key, each in experience.configurations.items()}
    found: list[Table] = []
    for length in lengths:
        scores: dict[str, float] = {}
        for trial in experience.trials:
            if trial.examples == length and not trial.is_pruned:
                score = -math.inf if trial.value is None else sign * trial.value
                identity = identities[trial.configuration]
                scores[identity] = max(score, scores.get(identity, -math.inf))
        shorter = (t for t in experience.trials if t.is_pruned or t.examples < length)
        pruned = frozenset(identities[trial.configuration] for trial in shorter) - set(scores)
        if sum(map(math.isfinite, scores.values())) >= FEWEST:
            table = Table(experience, length, scores, pruned, is_longest=not found)
            if table.spread > EQUAL:
                found.append(table)
    return found


@dataclass(frozen=True, eq=False)
class Regrets:
    """The regrets of configurations on source datasets.

    Attributes:
        tables: The rows.
        configurations: The columns; each in all spellings, which differ in the parameters of a space only.
        known: `(tables, configurations)`; the regret where it was measured, NaN elsewhere.
        filled: `(tables, configurations)`; the regret, predicted where it was not measured.
    """

    tables: Sequence[Table]
    configurations: Sequence[Sequence[Configuration]]
    known: NDArray[np.float64]
    filled: NDArray[np.float64] = field(repr=False)


def regrets_of(tables: Sequence[Table]) -> Regrets:
    """Return the regrets of all configurations on all source datasets."""
    spellings: dict[str, dict[str, Configuration]] = {}
    for experience in {id(table.experience): table.experience for table in tables}.values():
        for configuration in experience.configurations.values():
            spellings.setdefault(configuration.identity, {})[configuration.digest] = configuration
    named = [name for name in sorted(spellings) if any(name in table.regrets for table in tables)]
    known = np.array([[table.regrets.get(name, np.nan) for name in named] for table in tables])
    known = known.reshape(len(tables), len(named))
    if len(named) > MOST_CONFIGURATIONS:
        counts, sums = np.isfinite(known).sum(axis=0), np.nansum(known, axis=0)
        means = _cautious(sums / counts, counts)
        best = np.sort(np.argsort(means, kind="stable")[:MOST_CONFIGURATIONS])
        named, known = [named[column] for column in best], known[:, best]
    elsewhere, origins = _elsewhere(known, [table.origin for table in tables])
    known = _anchored(known, elsewhere, tables)
    configurations = [
        sorted(spellings[name].values(), key=lambda each: (-len(each.params), each.digest)) for name in named
    ]
    return Regrets(
        tables, configurations, known, _filled(known, _cautious(elsewhere, origins), configurations)
    )


def _elsewhere(
    known: NDArray[np.float64], origins: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean regret of each configuration on datasets of other origins than a row's, with as much
    weight for each origin, NaN where there is none; and the number of these origins."""
    kinds = sorted(set(origins))
    rows = np.array([kinds.index(origin) for origin in origins], int)
    totals = np.zeros((len(kinds), known.shape[1]))
    counts = np.zeros_like(totals)
    np.add.at(totals, rows, np.nan_to_num(known))
    np.add.at(counts, rows, np.isfinite(known))
    means = np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0)
    has = (counts > 0).astype(float)
    numbers = has.sum(axis=0) - has
    sums = (means * has).sum(axis=0) - means * has
    found = np.divide(sums, numbers, out=np.full_like(sums, np.nan), where=numbers > 0)
    return np.asarray(found[rows]), np.asarray(numbers[rows])


def _cautious(elsewhere: NDArray[np.float64], origins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean regrets that are nearer to the usual one the fewer origins they are from."""
    usual = np.nanmean(elsewhere) if (origins > 0).any() else 0.0
    return np.asarray((origins * elsewhere + USUAL_ORIGINS * usual) / (origins + USUAL_ORIGINS))


def _anchored(
    known: NDArray[np.float64], elsewhere: NDArray[np.float64], tables: Sequence[Table]
) -> NDArray[np.float64]:
    """Return the regrets where studies with few trials are scaled so that the mean is that of the same
    configurations on other datasets: the median of a selection of good ones is no typical score."""
    found = known.copy()
    for row, table in enumerate(tables):
        both = np.isfinite(known[row]) & np.isfinite(elsewhere[row])
        if len(table.scores) >= REPRESENTATIVE or both.sum() < FEWEST:
            continue
        mean, usual = fmean(known[row, both]), fmean(elsewhere[row, both])
        if 0 < usual < mean:
            found[row] = np.minimum(known[row] * usual / mean, WORST)
    return found


def _filled(
    known: NDArray[np.float64],
    elsewhere: NDArray[np.float64],
    configurations: Sequence[Sequence[Configuration]],
) -> NDArray[np.float64]:
    """Fill the gaps of each row: the regret on other datasets, corrected by a surrogate of how the row's own
    regrets differ from that."""
    filled = known.copy()
    if not known.size or not np.isnan(known).any():
        return filled
    vectors = configuration_vectors([spellings[0] for spellings in configurations])
    for row, regrets in enumerate(known):
        gaps = np.isnan(regrets)
        if gaps.any():
            usual = np.where(np.isnan(elsewhere[row]), np.nanmean(regrets), elsewhere[row])
            surrogate = Surrogate(vectors[~gaps], (regrets - usual)[~gaps])
            filled[row, gaps] = np.clip(usual[gaps] + surrogate.predict(vectors[gaps]), 0.0, WORST)
    return filled
