"""Whether a candidate may be trained: its network can be built, keeps the limits, fits into memory as far as
is known, and there is time for it."""

from collections.abc import Mapping

from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.budget import Budget
from cnnsearch.search.training_costs import sample_of
from cnnsearch.search.training_time import TrainingTimeLimit
from cnnsearch.space import AnyCandidate, Space
from cnnsearch.space.constraints import Constraints
from cnnsearch.space.costs import MEMORY
from cnnsearch.study.records import Records
from cnnsearch.study.settings import Settings

MEGABYTE = 2**20


class Feasibility:
    """The limits of a study.

    Args:
        space: Its constraints apply unless the settings have one of the same name.
        settings: Limits, and the time limit of the search.
        records: The trials, for measured training times and exceeded memory.
        budget: In a planned search, rejects candidates that are too slow.
    """

    def __init__(
        self, space: Space, settings: Settings, records: Records, budget: Budget | None = None
    ) -> None:
        self._constraints = Constraints({**space.constraints.limits, **settings.limits})
        self._time_limit = TrainingTimeLimit(settings)
        self._records, self._budget = records, budget

    @property
    def is_strict(self) -> bool:
        """Whether slow candidates are never trained, because the plan of the search has no time for them."""
        return self._budget is not None

    def check(self, candidate: AnyCandidate, *, in_time: bool = True) -> dict[str, int]:
        """Return the costs of a candidate; empty if they are not known before the network is built.

        Args:
            candidate: The candidate to train.
            in_time: Whether its training must also fit into its share of the time.

        Raises:
            InfeasibleArchitectureError: It cannot be built, or exceeds a limit.
        """
        found = candidate.costs()
        if not found:
            return found
        self.check_counts(found)
        self._check_memory(found)
        if in_time and self._budget is not None:
            self._budget.check(sample_of(candidate))
        elif in_time:
            self._time_limit.check(found, self._records)
        return found

    def check_counts(self, found: Mapping[str, int]) -> None:
        """Check that a network's counts keep the limits.

        Raises:
            InfeasibleArchitectureError: A limit is exceeded.
        """
        self._constraints.check(found)

    def _check_memory(self, found: Mapping[str, int]) -> None:
        """Check that a network needs less memory than any that could not be trained on this machine."""
        burst = (r for r in self._records if r.result is not None and r.result.limit == MEMORY)
        needed = [r.trial.counts[MEMORY] for r in burst if MEMORY in r.trial.counts]
        limit = min(needed, default=None)
        if limit is not None and found[MEMORY] >= limit:
            required, exceeded = (f"{size / MEGABYTE:,.0f} MB" for size in (found[MEMORY], limit))
            raise InfeasibleArchitectureError(
                f"training would need {required}; a network that needs {exceeded} ran out of memory",
                limit=MEMORY,
                violation=found[MEMORY] / limit,
            )
