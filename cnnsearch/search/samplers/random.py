"""`random`: independent draws from each parameter's domain."""

from optuna.samplers import BaseSampler, RandomSampler

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler


class Random(OptunaSampler):
    """Draws every point at random, independently of earlier trials."""

    def _sampler(self, number: int) -> BaseSampler:
        return RandomSampler(seed=self._seed(number))
