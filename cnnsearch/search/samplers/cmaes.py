"""`cmaes`: the covariance matrix adaptation evolution strategy (Hansen and Ostermeier 2001)."""

from optuna.samplers import BaseSampler, CmaEsSampler

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler


class Cmaes(OptunaSampler):
    """Adapts one normal distribution over the numeric parameters; the others are drawn at random."""

    takes_constraints = False

    def _sampler(self, number: int) -> BaseSampler:
        return CmaEsSampler(
            n_startup_trials=self._start_up, seed=self._seed(number), warn_independent_sampling=False
        )
