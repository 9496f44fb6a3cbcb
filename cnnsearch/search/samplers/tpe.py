"""`tpe`: the tree-structured Parzen estimator (Bergstra et al. 2011)."""

from optuna.samplers import BaseSampler, TPESampler

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler


class Tpe(OptunaSampler):
    """Models the joint density of the parameters that trials share, one group of parameters at a time."""

    def _sampler(self, number: int) -> BaseSampler:
        return TPESampler(
            n_startup_trials=self._start_up,
            multivariate=True,
            group=True,
            # It also reads data of running trials that are not recorded, so the resumed search of one worker
            # would differ; it is useful only with several workers.
            constant_liar=self._settings.workers != 1,
            seed=self._seed(number),
        )
