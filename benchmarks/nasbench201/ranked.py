"""A second opinion on what TPE proposes: several proposals, of which a Gaussian process chooses one.

TPE chooses the points near which good trials lie; the process, fitted to all trials, says which of those
points promises the largest improvement. It needs the trials alone, so a study goes on from its records.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

MOST_FITTED = 200
"""Trials that the process is fitted to, the best and the last; above so many, TPE is asked less often too,
for each proposal takes it longer."""
LENGTHS = (0.5, 1.0, 2.0, 4.0)
NOISES = (0.01, 0.1, 0.3)
"""Among these the likelihood chooses: how fast the function varies, and its noise to its spread, squared."""
APART = 0.5
"""The distance between a value and none, where a parameter is not asked for; that of two categories is 1, and
that between the ends of a range 2."""

Array = NDArray[np.float64]
Space = Mapping[str, BaseDistribution]
Params = Mapping[str, Any]


class RankedTPESampler(TPESampler):
    """TPE whose proposals are ranked by their expected improvement. With several objectives it is TPE.

    Args:
        proposals: Points that TPE proposes for each that is tried.
        arguments: Those of TPESampler.
    """

    def __init__(self, proposals: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._proposals = proposals

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        first = super().sample_relative(study, trial, search_space)
        if not first or len(study.directions) > 1:
            return first
        states = (TrialState.COMPLETE, TrialState.PRUNED)
        trials = best_first(study.get_trials(deepcopy=False, states=states), study.direction)
        count = math.ceil(self._proposals * min(1.0, MOST_FITTED / len(trials)))
        more = (
            super(RankedTPESampler, self).sample_relative(study, trial, search_space) for _ in range(1, count)
        )
        return most_promising([first, *more], trials, search_space)


def best_first(trials: Sequence[FrozenTrial], direction: Any) -> list[FrozenTrial]:
    """Trials in the order that TPE has them in: complete ones by their values, pruned ones by how far they
    came and by what they had reached there, those that break a constraint by how much."""
    sign = -1.0 if direction == optuna.study.StudyDirection.MAXIMIZE else 1.0

    def key(trial: FrozenTrial) -> tuple[float, float, float]:
        violation = sum(max(value, 0.0) for value in trial.constraints.values())
        if violation > 0:
            return (2.0, violation, 0.0)
        if trial.state == TrialState.COMPLETE:
            return (0.0, sign * (trial.value or 0.0), 0.0)
        step, value = max(trial.intermediate_values.items(), default=(-1, math.nan))
        return (1.0, -float(step), math.inf if math.isnan(value) else sign * value)

    return sorted(trials, key=key)


def most_promising(
    proposals: list[dict[str, Any]], ranked: list[FrozenTrial], space: Space
) -> dict[str, Any]:
    """The proposal from which the largest improvement is expected; one that was tried before only where
    all were.

    Args:
        proposals: Values by parameter name.
        ranked: The trials so far, the best first.
        space: What the proposals hold.
    """
    tried = [trial.params for trial in ranked]
    new = [proposal for proposal in proposals if not any(params == proposal for params in tried)] or proposals
    kept = _kept(ranked)
    known = [ranked[index].params for index in kept]
    process = Process.fitted(distances(known, known, space), normal_scores(len(kept)))
    return new[int(np.argmax(process.expected_improvements(distances(new, known, space))))]


def _kept(ranked: Sequence[FrozenTrial]) -> list[int]:
    """The ranks of the trials that the process is fitted to: of too many, the best and the last."""
    if len(ranked) <= MOST_FITTED:
        return list(range(len(ranked)))
    best = MOST_FITTED // 4
    later = sorted(range(best, len(ranked)), key=lambda index: -ranked[index].number)
    return [*range(best), *sorted(later[: MOST_FITTED - best])]


def normal_scores(count: int) -> Array:
    """What each rank would be worth were values normal, the best first: so no outlier bends the fit."""
    normal = NormalDist()
    return np.array([-normal.inv_cdf((rank + 0.5) / count) for rank in range(count)])


def distances(some: Sequence[Params], others: Sequence[Params], space: Space) -> Array:
    """The mean distance over the parameters between each two points, of shape (some, others), times the root
    of their number: random points of a larger space lie further apart, but not in proportion."""
    total = np.zeros((len(some), len(others)))
    for name, distribution in space.items():
        a, b = (np.array([_scaled(distribution, p.get(name)) for p in points]) for points in (some, others))
        a, b = a[:, None], b[None, :]
        apart = (a != b) * 1.0 if isinstance(distribution, CategoricalDistribution) else 2.0 * np.abs(a - b)
        absent = np.isnan(a) ^ np.isnan(b)
        total += np.where(absent, APART, np.where(np.isnan(a) & np.isnan(b), 0.0, apart))
    scaled: Array = total / math.sqrt(len(space))
    return scaled


def _scaled(distribution: BaseDistribution, value: Any) -> float:
    """A category's index, or a number's place between the ends of its range; NaN where there is none."""
    if value is None:
        return math.nan
    if isinstance(distribution, CategoricalDistribution):
        return float(distribution.to_internal_repr(value))
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    low, high = float(distribution.low), float(distribution.high)
    if distribution.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float((value - low) / (high - low))


@dataclass(frozen=True)
class Process:
    """A Gaussian process with the kernel exp(-distance / length), in units of the values' spread (Rasmussen
    and Williams 2006, chapters 2 and 5).

    Attributes:
        scale: The inverse of `length`.
        inverse: Of the kernel's matrix with the noise on its diagonal.
        weights: That inverse times the values.
        best: The largest fitted value.
    """

    scale: float
    inverse: Array
    weights: Array
    best: float
    likelihood: float

    @staticmethod
    def fitted(apart: Array, values: Array) -> "Process":
        """The most likely process.

        Args:
            apart: Distances between the points, of shape (points, points).
            values: Of the points.
        """
        each = (Process._of(apart, values, scale, noise) for scale in LENGTHS for noise in NOISES)
        return max(each, key=lambda process: process.likelihood)

    @staticmethod
    def _of(apart: Array, values: Array, scale: float, noise: float) -> "Process":
        kernel: Array = np.exp(-scale * apart)
        noisy = kernel + noise * np.eye(len(values))
        inverse: Array = np.linalg.inv(noisy).astype(np.float64)
        weights = inverse @ values
        spread = float(values @ weights) / len(values)
        likelihood = -0.5 * (len(values) * math.log(spread) + float(np.linalg.slogdet(noisy)[1]))
        return Process(scale, inverse, weights, float((kernel @ weights).max()), likelihood)

    def expected_improvements(self, apart: Array) -> list[float]:
        """By how much each of some points is expected to exceed the best (Jones et al. 1998, eq. 15).

        Args:
            apart: Distances from the points to those fitted, of shape (points, fitted).
        """
        kernel, normal = np.exp(-self.scale * apart), NormalDist()
        means = kernel @ self.weights
        variances = 1.0 - np.einsum("ij,jk,ik->i", kernel, self.inverse, kernel)
        spreads = np.sqrt(np.maximum(variances, 1e-9))
        gains = (means - self.best) / spreads
        return [
            spread * (gain * normal.cdf(gain) + normal.pdf(gain))
            for gain, spread in zip(gains.tolist(), spreads.tolist(), strict=True)
        ]
