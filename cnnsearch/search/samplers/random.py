"""`random`: independent draws from each parameter's domain."""

from optuna.samplers import BaseSampler, RandomSampler

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler


class Random(OptunaSampler):
    """Draws every point at random, whatever the trials so far."""

    def _sampler(self, number: int) -> BaseSampler:
        return RandomSampler(seed=self._seed(number))
