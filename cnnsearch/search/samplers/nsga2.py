"""`nsga2`: the non-dominated sorting genetic algorithm (Deb et al. 2002), for several objectives."""

import optuna
from optuna.samplers import BaseSampler, NSGAIISampler
from optuna.trial import FrozenTrial, TrialState

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler

POPULATION = 20
"""Trials in a generation."""


class Nsga2(OptunaSampler):
    """Crosses and mutates the best trials of the previous generation."""

    def _sampler(self, number: int) -> BaseSampler:
        return GenerationsInOrder(population_size=POPULATION, seed=self._seed(number))


class GenerationsInOrder(NSGAIISampler):
    """NSGA-II whose generations follow from the order of the complete trials instead of the attributes that
    Optuna writes at each ask, which are not in the records."""

    def get_trial_generation(self, study: optuna.Study, trial: FrozenTrial) -> int:
        return len(_complete(study)) // POPULATION

    def get_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        return _complete(study)[generation * POPULATION : (generation + 1) * POPULATION]

    def get_parent_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        if generation == 0:
            return []
        return sorted(self.select_parent(study, generation), key=lambda trial: trial.number)


def _complete(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
