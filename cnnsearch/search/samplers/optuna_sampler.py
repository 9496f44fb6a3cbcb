"""The base of the samplers of Optuna: an in-memory study that is a projection of the records."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from cnnsearch.search.optuna_study import distribution_of, frozen_trial
from cnnsearch.search.samplers.base import ExhaustedError
from cnnsearch.search.samplers.worst import Worst
from cnnsearch.space import Space
from cnnsearch.space.candidate import Baseline
from cnnsearch.space.domains import Domain, Plain, TrialLike
from cnnsearch.study.records import TrialRecord, TrialState
from cnnsearch.study.settings import Settings

START_UP = 10
"""Random trials before a model is used, as in Optuna."""
INFEASIBLE_SHARE = 0.25
"""Infeasible trials reported to the sampler per trained trial; more of them would dominate."""


class _Study(optuna.Study):
    """A study whose `stop`, which some samplers call when they have no further point, also works outside of
    `optimize`."""

    is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True


class OptunaSampler(ABC):
    """Draws with a sampler of Optuna.

    Attributes:
        takes_constraints: Whether the sampler uses constraints; one that does not warns about each.

    Args:
        settings: The objectives, the seed and the number of workers.
        space: The space to draw from.
        records: The study's records.
        earlier: Records of another study, to learn from.
    """

    takes_constraints = True

    def __init__(
        self,
        settings: Settings,
        space: Space,
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
        storage = InMemoryStorage()
        created = optuna.create_study(storage=storage, directions=settings.directions)
        self._study = _Study(created.study_name, storage)
        ended = [record for record in earlier if record.result is not None]
        self._study.add_trials([self._frozen(r) for r in ended if self._is_reported(r)])
        self._rebuild(list(records))

    @abstractmethod
    def _sampler(self, number: int) -> BaseSampler:
        """Return Optuna's sampler for one trial: a new one with `_seed`, as no random state is recorded."""

    @property
    def _start_up(self) -> int:
        """Number of trials before a model is used; infeasible ones are not enough information for it."""
        return START_UP + self._infeasible

    def _seed(self, number: int) -> int:
        """Return the seed of one trial's draws."""
        return self._settings.seed * 1_000_003 + number & 0x7FFFFFFF

    def _rebuild(self, records: list[TrialRecord]) -> None:
        """Restore the study: the trials in order of their numbers, including running ones."""
        ended = sorted((record.result.ended, record.number) for record in records if record.result)
        by_number = {record.number: record for record in records}
        reported = {
            number: self._frozen(by_number[number])
            for _, number in ended
            if self._is_reported(by_number[number])
        }
        for number, record in sorted(by_number.items()):
            if record.result is None:
                self.adopt(number, record.params)
            elif number in reported:
                self._study.add_trial(reported[number])

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
        if self._study.is_stopped:
            raise ExhaustedError(f"{type(self._samplers[number]).__name__} has no further point")
        return self._asked[number]

    def suggest(self, number: int, name: str, domain: Domain) -> Plain:
        self._turn_to(number)
        return domain.suggest(self._asked[number], name)

    def _turn_to(self, number: int) -> None:
        """Set the study's sampler to that of a trial: Optuna draws each value with the current sampler, and
        concurrent trials whose candidates grow request their values one by one."""
        if number not in self._samplers:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)  # `group` is experimental
                self._samplers[number] = self._sampler(number)
        self._study.sampler = self._samplers[number]

    def tell(self, record: TrialRecord) -> None:
        trial, frozen = self._asked.pop(record.number), self._frozen(record)
        self._samplers.pop(record.number, None)
        if self.takes_constraints:
            for name, value in frozen.constraints.items():
                trial.set_constraint(name, value)
        for step, value in frozen.intermediate_values.items():
            trial.report(value, step)
        state = frozen.state if self._is_reported(record) else OptunaState.FAIL
        self._study.tell(trial, frozen.values if state == OptunaState.COMPLETE else None, state)

    def _frozen(self, record: TrialRecord) -> FrozenTrial:
        self._worst.add(record)
        return frozen_trial(record, self._space, self._settings.objectives, worst=self._worst.values)

    def _is_reported(self, record: TrialRecord) -> bool:
        """Count a trial, and return whether to report it to the sampler."""
        if record.state != TrialState.INFEASIBLE:
            self._trained += 1
            return True
        if self._infeasible >= START_UP + INFEASIBLE_SHARE * self._trained:
            return False
        self._infeasible += 1
        return True
