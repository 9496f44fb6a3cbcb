"""A sampler of Optuna, of OptunaHub or of the user, given as an object through the Python API."""

from collections.abc import Iterable

from optuna.samplers import BaseSampler, CmaEsSampler

from cnnsearch.search.samplers.optuna_sampler import OptunaSampler
from cnnsearch.space import Space
from cnnsearch.study.records import TrialRecord
from cnnsearch.study.settings import Settings


class Given(OptunaSampler):
    """Draws all points with one sampler, which has its own seed and random state.

    It receives the same trials as the samplers by name. After a resume it has the recorded trials; other
    state, such as a random state, starts again.
    """

    def __init__(
        self,
        settings: Settings,
        space: Space,
        records: Iterable[TrialRecord],
        earlier: Iterable[TrialRecord] = (),
        *,
        sampler: BaseSampler,
    ) -> None:
        super().__init__(settings, space, records, earlier)
        self._given = sampler
        self.takes_constraints = not isinstance(sampler, CmaEsSampler)

    def _sampler(self, number: int) -> BaseSampler:
        return self._given
