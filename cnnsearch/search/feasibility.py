"""Whether a candidate may be trained at all: its network can be built, it keeps the limits, memory has held
what needs as much, and there is time for it."""

from collections.abc import Mapping

from cnnsearch.architecture import analyze
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.budget import Budget
from cnnsearch.search.training_costs import sample_of
from cnnsearch.search.training_time import TrainingTimeLimit
from cnnsearch.space import Candidate, SearchSpace
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import MEMORY, costs
from cnnsearch.study.records import Records
from cnnsearch.study.settings import Settings

MEGABYTE = 2**20


class Feasibility:
    """The limits of a study.

    Args:
        space: Its constraints hold, unless the settings have their own of the same name.
        settings: Limits, and the time that the search has.
        records: What has been trained, and what was too much.
        budget: Of a planned search: says what is too slow for it.
    """

    def __init__(
        self, space: SearchSpace, settings: Settings, records: Records, budget: Budget | None = None
    ) -> None:
        self._constraints = Constraints({**space.constraints.limits, **settings.limits})
        self._time_limit = TrainingTimeLimit(settings)
        self._records, self._budget = records, budget

    @property
    def is_strict(self) -> bool:
        """Whether what is too slow is never trained, since the plan of the search has no time for it."""
        return self._budget is not None

    def check(self, candidate: Candidate, *, in_time: bool = True) -> dict[str, int]:
        """What a candidate costs.

        Args:
            candidate: What would be trained.
            in_time: Whether it has to be done in its share of the time, too.

        Raises:
            InfeasibleArchitectureError: It cannot be built, or breaks a limit.
        """
        if candidate.architecture.recipe is not None:
            return {}  # nothing is known before it is built
        analysis = analyze(candidate.architecture)
        found = costs(analysis, candidate.training)
        self.check_counts(found)
        self._check_memory(found)
        if in_time and self._budget is not None:
            self._budget.check(sample_of(candidate, analysis))
        elif in_time:
            self._time_limit.check(found, self._records)
        return found

    def check_counts(self, found: Mapping[str, int]) -> None:
        """Passes where a network's counts keep the limits.

        Raises:
            InfeasibleArchitectureError: It breaks one.
        """
        self._constraints.check(found)

    def _check_memory(self, found: Mapping[str, int]) -> None:
        """What needs as much memory as something that this machine could not train is not begun."""
        burst = (r for r in self._records if r.result is not None and r.result.limit == MEMORY)
        needed = [r.trial.counts[MEMORY] for r in burst if MEMORY in r.trial.counts]  # none: not begun
        limit = min(needed, default=None)
        if limit is not None and found[MEMORY] >= limit:
            asked, had = (f"{size / MEGABYTE:,.0f} MB" for size in (found[MEMORY], limit))
            raise InfeasibleArchitectureError(
                f"would need {asked} to train; {had} were too much",
                limit=MEMORY,
                violation=found[MEMORY] / limit,
            )
