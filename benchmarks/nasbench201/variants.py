"""The rows: cnnsearch's sampler as it ships, and with one thing changed at a time."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import TrialState as OptunaState

from cnnsearch.search.samplers.optuna_sampler import START_UP, OptunaSampler
from cnnsearch.search.samplers.tpe import Tpe
from cnnsearch.space import SearchSpace
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings, checked_settings
from nasbench201.ranked import RankedTPESampler

SHIPPED: dict[str, Any] = {
    "n_startup_trials": START_UP,
    "multivariate": True,
    "group": True,
    "constant_liar": False,
}
"""What cnnsearch gives to TPE where one worker trains."""


@dataclass(frozen=True)
class Variant:
    """One row.

    Attributes:
        make: Optuna's sampler for a seed; None for that which cnnsearch ships.
        workers: Trials asked for before the first of them is told.
        forgets_repeats: Whether repeats are not told a second time.
        counts_repeats: Whether a repeat is trained again, as by Optuna alone.
    """

    make: Callable[[int], BaseSampler] | None = None
    workers: int = 1
    forgets_repeats: bool = False
    counts_repeats: bool = False

    def sampler(self, space: SearchSpace, seed: int) -> OptunaSampler:
        """The sampler of one search."""
        settings = checked_settings(
            {"space": "table", "data": "table", "seed": seed, "workers": self.workers}
        )
        return Tpe(settings, space, []) if self.make is None else _Varied(settings, space, self)


class _Varied(OptunaSampler):
    def __init__(self, settings: Settings, space: SearchSpace, variant: Variant) -> None:
        super().__init__(settings, space, [])
        self._variant = variant

    def _sampler(self, number: int) -> BaseSampler:
        assert self._variant.make is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # Optuna 6 will have no gamma and no prior weight
            return self._variant.make(self._seed(number))

    def tell(self, record: TrialRecord) -> None:
        assert record.result is not None
        if self._variant.forgets_repeats and record.result.reused is not None:
            self._study.tell(self._asked.pop(record.number), state=OptunaState.FAIL)
        else:
            super().tell(record)


def tpe(**changes: Any) -> Callable[[int], BaseSampler]:
    """TPE as cnnsearch has it, but for some arguments."""
    return lambda seed: TPESampler(**{**SHIPPED, **changes}, seed=seed)


def ranked(proposals: int) -> Callable[[int], BaseSampler]:
    """TPE whose proposals a Gaussian process ranks."""
    return lambda seed: RankedTPESampler(proposals, **SHIPPED, seed=seed)


VARIANTS: dict[str, Variant] = {
    "random": Variant(lambda seed: RandomSampler(seed=seed)),
    "optuna": Variant(lambda seed: TPESampler(seed=seed), counts_repeats=True),
    "tpe": Variant(),
    **{f"start-{n}": Variant(tpe(n_startup_trials=n)) for n in (5, 20, 30)},
    "group-off": Variant(tpe(group=False)),
    "univariate": Variant(tpe(group=False, multivariate=False)),
    **{f"candidates-{n}": Variant(tpe(n_ei_candidates=n)) for n in (12, 48, 64, 128, 512)},
    **{
        f"gamma-{f}": Variant(tpe(gamma=lambda n, f=f: min(math.ceil(f * n), 25)))
        for f in (0.05, 0.15, 0.2, 0.3)
    },
    **{f"prior-{w}": Variant(tpe(prior_weight=w)) for w in (0.25, 0.5, 2.0)},
    "weights-equal": Variant(tpe(weights=np.ones)),
    "repeats-untold": Variant(tpe(), forgets_repeats=True),
    "4-workers": Variant(workers=4),
    "4-workers-no-liar": Variant(tpe(), workers=4),
    **{f"ranked-{n}": Variant(ranked(n)) for n in (12, 24)},
}
