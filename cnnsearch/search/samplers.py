"""Where the next point comes from: Optuna's samplers on an in-memory study, or a finite space in order.

The Optuna study is a projection of the records: it is made anew from them when a search starts, which
is how a resumed search goes on, and how a space that has grown keeps its old trials.
"""

import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any, Protocol

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler

from cnnsearch.errors import CnnsearchError, MissingDependencyError
from cnnsearch.search.optuna_study import frozen_trial
from cnnsearch.search.records import TrialRecord, TrialState
from cnnsearch.search.settings import SamplerName, Settings
from cnnsearch.space import SearchSpace
from cnnsearch.space.baselines import Baseline
from cnnsearch.space.domains import Trial
from cnnsearch.space.trials import GivenTrial, RandomTrial

START_UP = 10
"""Random trials before a model is trusted, as Optuna has it."""
HISTORY = 1_000
"""Trials that the model looks at, so that an ask stays quick however long a study gets."""
INFEASIBLE_SHARE = 0.25
"""Infeasible trials told to the sampler for each trial trained; more of them would drown those."""

EXTRAS: dict[SamplerName, tuple[str, str]] = {"gp": ("torch", "gp"), "cmaes": ("cmaes", "cmaes")}
"""The package that a sampler needs, and the extra that brings it."""


class ExhaustedError(CnnsearchError):
    """Every point of a finite space has been asked for."""


class Sampler(Protocol):
    """Proposes points and learns from what became of them."""

    def ask(self, number: int, baseline: Baseline | None = None) -> Trial:
        """A trial that answers with the values of the next point.

        Args:
            number: The trial's number; with the study's seed it fixes what is drawn.
            baseline: Values that are not to be drawn.

        Raises:
            ExhaustedError: There is no further point.
        """

    def tell(self, record: TrialRecord) -> None:
        """Takes in how a trial ended."""


def make_sampler(settings: Settings, space: SearchSpace, records: Iterable[TrialRecord]) -> Sampler:
    """The sampler that the settings name, taught what the records say.

    Raises:
        MissingDependencyError: The sampler's package is not installed.
        SpaceError: A grid was asked for, and the space has endlessly many points.
    """
    check_sampler(settings.sampler)
    if settings.sampler == "grid":
        return GridSampler(space, records)
    return OptunaSampler(settings, space, records)


def check_sampler(name: SamplerName) -> None:
    """Raises:
    MissingDependencyError: The sampler's package is not installed.
    """
    package, extra = EXTRAS.get(name, ("optuna", ""))
    if find_spec(package) is None:
        raise MissingDependencyError(
            f"--sampler {name} needs the package {package}: pip install 'cnnsearch[{extra}]'"
        )


class GridSampler:
    """Every point of a finite space, each once, in the space's own order."""

    def __init__(self, space: SearchSpace, records: Iterable[TrialRecord]) -> None:
        self._space = space
        self._points = space.points()
        self._tried = {self._key(record.params) for record in records}

    def ask(self, number: int, baseline: Baseline | None = None) -> Trial:
        for point in self._points:
            if self._key(point) not in self._tried:
                return GivenTrial(self._space.encoded(point), RandomTrial(number))
        raise ExhaustedError("every point of the space has been tried")

    def tell(self, record: TrialRecord) -> None:
        self._tried.add(self._key(record.params))

    @staticmethod
    def _key(params: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        return tuple(sorted(params.items()))


class OptunaSampler:
    """One of Optuna's samplers, made anew for each ask from the study's seed and the trial's number."""

    def __init__(self, settings: Settings, space: SearchSpace, records: Iterable[TrialRecord]) -> None:
        self._settings = settings
        self._space = space
        self._numbers: dict[int, optuna.Trial] = {}
        self._trained = self._infeasible = 0
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(direction=settings.direction)
        told = sorted((r for r in records if r.result), key=lambda r: r.result.ended if r.result else 0.0)
        self._study.add_trials([self._frozen(r) for r in told[-HISTORY:] if self._is_worth_telling(r)])

    def ask(self, number: int, baseline: Baseline | None = None) -> Trial:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # `group` is, and we mean to use it
            self._study.sampler = self._sampler(number)
        if baseline is not None:
            self._study.enqueue_trial(self._space.encoded(baseline))
        trial = self._study.ask()
        self._numbers[number] = trial
        return trial

    def tell(self, record: TrialRecord) -> None:
        trial = self._numbers.pop(record.number, None)
        told = self._is_worth_telling(record)
        if trial is None:
            if told:
                self._study.add_trial(self._frozen(record))
            return
        frozen = self._frozen(record)
        for name, value in frozen.constraints.items():
            trial.set_constraint(name, value)
        for step, value in frozen.intermediate_values.items():
            trial.report(value, step)
        state = frozen.state if told else optuna.trial.TrialState.FAIL
        self._study.tell(trial, frozen.value if state.name == "COMPLETE" else None, state)

    def _frozen(self, record: TrialRecord) -> optuna.trial.FrozenTrial:
        return frozen_trial(record, self._space, self._settings.objective)

    def _is_worth_telling(self, record: TrialRecord) -> bool:
        """Counts a trial, and says whether the sampler is to learn from it."""
        if record.state != TrialState.INFEASIBLE:
            self._trained += 1
            return True
        if self._infeasible >= START_UP + INFEASIBLE_SHARE * self._trained:
            return False
        self._infeasible += 1
        return True

    def _sampler(self, number: int) -> BaseSampler:
        seed = self._settings.seed * 1_000_003 + number & 0x7FFFFFFF
        start_up = START_UP + self._infeasible
        match self._settings.sampler:
            case "tpe":
                return optuna.samplers.TPESampler(
                    n_startup_trials=start_up, multivariate=True, group=True, constant_liar=True, seed=seed
                )
            case "nsga2":
                return optuna.samplers.NSGAIISampler(population_size=20, seed=seed)
            case "gp":
                return optuna.samplers.GPSampler(n_startup_trials=start_up, seed=seed)
            case "cmaes":
                return optuna.samplers.CmaEsSampler(
                    n_startup_trials=start_up, seed=seed, warn_independent_sampling=False
                )
            case _:
                return optuna.samplers.RandomSampler(seed=seed)
