"""Where the next point comes from: Optuna's samplers on an in-memory study, or a finite space in order.

The Optuna study is a projection of the records: it is made anew from them when a search starts, which
is how a resumed search goes on as if it had never stopped, and how a space that has grown keeps its old
trials. (CMA-ES alone keeps a state that is not in the records: its distribution starts again.)
"""

import math
import warnings
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any, Protocol

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, NSGAIISampler
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from cnnsearch.errors import CnnsearchError, MissingDependencyError, SpaceError
from cnnsearch.search.optuna_study import distribution_of, frozen_trial
from cnnsearch.space import SearchSpace
from cnnsearch.space.baselines import Baseline
from cnnsearch.space.domains import Domain, TrialLike
from cnnsearch.space.reading import Plain
from cnnsearch.space.trials import GivenTrial, RandomTrial
from cnnsearch.study.objectives import COSTS, DIRECTIONS
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.study.settings import SamplerName, Settings

START_UP = 10
"""Random trials before a model is trusted, as Optuna has it."""
POPULATION = 20
"""Trials in a generation of NSGA-II."""
INFEASIBLE_SHARE = 0.25
"""Infeasible trials told to the sampler for each trial trained; more of them would drown those."""

EXTRAS: dict[SamplerName, tuple[str, str]] = {"gp": ("torch", "gp"), "cmaes": ("cmaes", "cmaes")}
"""The package that a sampler needs, and the extra that brings it."""


class ExhaustedError(CnnsearchError):
    """Every point of a finite space has been asked for."""


class Sampler(Protocol):
    """Proposes points and learns from what became of them."""

    def ask(self, number: int, baseline: Baseline | None = None) -> TrialLike:
        """A trial that answers with the values of the next point.

        Args:
            number: The trial's number; with the study's seed it fixes what is drawn.
            baseline: Values that are not to be drawn.

        Raises:
            ExhaustedError: There is no further point.
        """

    def adopt(self, number: int, params: Mapping[str, Plain]) -> None:
        """Takes in a trial of a point that was asked for before."""

    def suggest(self, number: int, name: str, domain: Domain) -> Plain:
        """The value of a parameter of a trial that was asked for and has not ended."""

    def tell(self, record: TrialRecord) -> None:
        """Takes in how a trial ended."""


def make_sampler(
    settings: Settings,
    space: SearchSpace,
    records: Iterable[TrialRecord],
    earlier: Iterable[TrialRecord] = (),
) -> Sampler:
    """The sampler that the settings name, taught what the records say.

    Args:
        settings: The sampler, the objectives and the seed.
        space: What is drawn from; values of records that are no longer in it are left out.
        records: The study's own.
        earlier: Those of another study, to learn from.

    Raises:
        MissingDependencyError: The sampler's package is not installed.
        SpaceError: A grid was asked for, and the space has endlessly many points.
    """
    check_sampler(settings.sampler)
    if settings.sampler == "grid":
        return GridSampler(space, records)
    return OptunaSampler(settings, space, records, earlier)


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

    def ask(self, number: int, baseline: Baseline | None = None) -> TrialLike:
        for point in self._points:
            if self._key(point) not in self._tried:
                return GivenTrial(self._space.encoded(point), RandomTrial(number))
        raise ExhaustedError("every point of the space has been tried")

    def adopt(self, number: int, params: Mapping[str, Plain]) -> None:
        pass

    def suggest(self, number: int, name: str, domain: Domain) -> Plain:
        raise SpaceError("a hypermodel's points are not known beforehand: there is no grid of them")

    def tell(self, record: TrialRecord) -> None:
        self._tried.add(self._key(record.params))

    @staticmethod
    def _key(params: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        return tuple(sorted(params.items()))


class OptunaSampler:
    """One of Optuna's samplers, made anew for each ask from the study's seed and the trial's number."""

    def __init__(
        self,
        settings: Settings,
        space: SearchSpace,
        records: Iterable[TrialRecord],
        earlier: Iterable[TrialRecord] = (),
    ) -> None:
        self._settings = settings
        self._space = space
        self._asked: dict[int, optuna.Trial] = {}
        self._samplers: dict[int, BaseSampler] = {}
        self._trained = self._infeasible = 0
        self._worst = Worst(settings.objectives)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(directions=settings.directions)
        ended = [record for record in earlier if record.result is not None]
        self._study.add_trials([self._frozen(r) for r in ended if self._is_worth_telling(r)])
        self._rebuild(list(records))

    def _rebuild(self, records: list[TrialRecord]) -> None:
        """Brings the study to where it stood: trials in order of their numbers, those under way too."""
        ended = sorted((record.result.ended, record.number) for record in records if record.result)
        by_number = {record.number: record for record in records}
        told = {
            number: self._frozen(by_number[number])
            for _, number in ended
            if self._is_worth_telling(by_number[number])
        }
        for number, record in sorted(by_number.items()):
            if record.result is None:
                self.adopt(number, record.params)
            elif number in told:
                self._study.add_trial(told[number])

    def adopt(self, number: int, params: Mapping[str, Plain]) -> None:
        encoded = self._space.encoded(params)
        self._study.enqueue_trial(encoded)
        distributions = {name: distribution_of(self._space.parameters[name]) for name in encoded}
        self._asked[number] = self._study.ask(distributions)

    def ask(self, number: int, baseline: Baseline | None = None) -> TrialLike:
        if baseline is not None:
            self._study.enqueue_trial(self._space.encoded(baseline))
        self._turn_to(number)
        self._asked[number] = self._study.ask()
        return self._asked[number]

    def suggest(self, number: int, name: str, domain: Domain) -> Plain:
        self._turn_to(number)
        return domain.suggest(self._asked[number], name)

    def _turn_to(self, number: int) -> None:
        """Has the study draw for a trial: Optuna draws with whatever sampler the study has when a value is
        asked for, and a hypermodel's trials, several at a time, ask for theirs one by one."""
        if number not in self._samplers:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)  # `group` is, and we mean to use it
                self._samplers[number] = self._sampler(number)
        self._study.sampler = self._samplers[number]

    def tell(self, record: TrialRecord) -> None:
        trial, frozen = self._asked.pop(record.number), self._frozen(record)
        self._samplers.pop(record.number, None)
        if self._settings.sampler != "cmaes":  # which has no use for them, and says so each time
            for name, value in frozen.constraints.items():
                trial.set_constraint(name, value)
        for step, value in frozen.intermediate_values.items():
            trial.report(value, step)
        state = frozen.state if self._is_worth_telling(record) else OptunaState.FAIL
        self._study.tell(trial, frozen.values if state == OptunaState.COMPLETE else None, state)

    def _frozen(self, record: TrialRecord) -> FrozenTrial:
        self._worst.add(record)
        return frozen_trial(record, self._space, self._settings.objectives, worst=self._worst.values)

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
                    n_startup_trials=start_up,
                    multivariate=True,
                    group=True,
                    # What it takes of a trial under way is not all in the records, so one worker resumes
                    # as it would have gone on only without it; it matters where several trials run.
                    constant_liar=self._settings.workers != 1,
                    seed=seed,
                )
            case "nsga2":
                return GenerationsInOrder(population_size=POPULATION, seed=seed)
            case "gp":
                return optuna.samplers.GPSampler(n_startup_trials=start_up, seed=seed)
            case "cmaes":
                return optuna.samplers.CmaEsSampler(
                    n_startup_trials=start_up, seed=seed, warn_independent_sampling=False
                )
            case _:
                return optuna.samplers.RandomSampler(seed=seed)


class Worst:
    """The worst value of each objective among the trials so far: what one that diverged is told to have
    reached, so that samplers that learn from complete trials alone keep away from its like too.

    Of accuracies and F1 that is 0, the least there is. Of a loss it is the largest that any epoch ended with,
    and at least that of guessing, ln(classes); of a cost, the largest of any trial, so that a small network
    that diverges is on no front.

    Args:
        objectives: Their names.
    """

    def __init__(self, objectives: Iterable[str]) -> None:
        self.values = dict.fromkeys(objectives, 0.0)

    def add(self, record: TrialRecord) -> None:
        """Takes a trial into account; one that diverged counts before it is told itself."""
        for name in self.values:
            if DIRECTIONS[name] == "minimize":
                self.values[name] = max(self.values[name], *self._found(record, name))

    def _found(self, record: TrialRecord, name: str) -> list[float]:
        if name in COSTS:
            return [record.trial.counts.get(COSTS[name], 0.0)]
        losses = [epoch.metrics[name] for epoch in record.curve if name in epoch.metrics]
        return [math.log(record.trial.candidate.architecture.task.num_classes), *losses]


class GenerationsInOrder(NSGAIISampler):
    """NSGA-II whose generations follow from the order of the complete trials, and not from what Optuna
    notes down at each ask: the records do not hold that."""

    def get_trial_generation(self, study: optuna.Study, trial: FrozenTrial) -> int:
        return len(_complete(study)) // POPULATION

    def get_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        return _complete(study)[generation * POPULATION : (generation + 1) * POPULATION]

    def get_parent_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        if generation == 0:
            return []
        return sorted(self.select_parent(study, generation), key=lambda trial: trial.number)


def _complete(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(OptunaState.COMPLETE,))
