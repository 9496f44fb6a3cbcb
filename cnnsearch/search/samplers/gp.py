"""`gp`: a Gaussian process over the parameters, by Optuna on PyTorch."""

from optuna.samplers import BaseSampler, GPSampler

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler


class GaussianProcess(OptunaSampler):
    """Proposes the point with the largest expected improvement under a Gaussian process."""

    def _sampler(self, number: int) -> BaseSampler:
        return GPSampler(n_startup_trials=self._start_up, seed=self._seed(number))
