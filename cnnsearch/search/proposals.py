"""The next candidate to train: recommended points and baselines first, then the sampler's. Infeasible
candidates, and those that have been trained before, are recorded as such, and the next one is drawn."""

import random
import time
from collections import Counter, deque
from collections.abc import Callable

from cnnsearch.errors import InfeasibleArchitectureError, SearchError
from cnnsearch.search.alike import architecture_of
from cnnsearch.search.duplicates import TrainedCandidates
from cnnsearch.search.feasibility import Feasibility
from cnnsearch.search.pacing import Pacing
from cnnsearch.search.samplers import ExhaustedError, Sampler
from cnnsearch.search.target import Target
from cnnsearch.search.training_time import TOO_LONG
from cnnsearch.space import Candidate, Space
from cnnsearch.space.candidate import Baseline
from cnnsearch.study.records import Records, Result, Trial, TrialRecord, TrialState
from cnnsearch.study.warm_start import WarmStart

MOST_INFEASIBLE = 200
"""Number of infeasible candidates in a row that ends a search."""
MOST_TOO_LONG = 20
"""Number of candidates in a row that are rejected by their training time before one is tried."""
MOST_TOO_SLOW = 60
"""Number of candidates in a row that are too slow for the plan of a search before it draws no more."""
MOST_REPEATED = 50
"""Number of candidates in a row trained before that ends a search."""
FILLS = 20
"""Random completions of a partial baseline that are tried before it is rejected."""


class Proposals:
    """Draw the candidates of a study.

    Args:
        space: The space to draw from.
        target: The dataset's shape and task.
        sampler: The sampler.
        records: The records of the study.
        seed: The study's seed.
        feasibility: The check of candidates.
        baselines: Whether the space's baselines are tried first.
        warm_start: Recommended points, tried before the baselines.
        maximizes: Whether a larger value is better.
        told: Called with each trial that is recorded without training.
        note: Called with a message when no more recommended points are tried.
    """

    def __init__(
        self,
        space: Space,
        target: Target,
        sampler: Sampler,
        records: Records,
        seed: int,
        *,
        feasibility: Feasibility,
        baselines: bool,
        told: Callable[[TrialRecord], None],
        warm_start: WarmStart | None = None,
        maximizes: bool = True,
        note: Callable[[str], None] = print,
    ) -> None:
        self._space, self._target, self._sampler = space, target, sampler
        self._records, self._seed, self._told, self.feasibility = records, seed, told, feasibility
        self._note = note
        self._trained = TrainedCandidates()
        self._fixed: tuple[int, Baseline] = -1, {}
        self.unfit: dict[str, str] = {}
        """Rejected baselines, with the reasons."""
        recommended = points_in(space, warm_start)
        with_baselines = baselines and (warm_start is None or warm_start.with_baselines)
        self._points: dict[str, Baseline] = {**recommended, **(space.baselines if with_baselines else {})}
        self._recommended = Pacing(recommended, maximizes=maximizes)
        tried = {r.trial.baseline for r in records if r.state != TrialState.INFEASIBLE}
        self._left = deque(name for name in self._points if name not in tried and self._fits(name))

    def next(self, started: float) -> Trial:
        """Return a feasible trial that is not yet recorded.

        Raises:
            ExhaustedError: A finite space has no further point, or too many candidates were trained before.
            SearchError: Too many infeasible candidates in a row; the message names the binding limit.
        """
        baseline = self._next_point()
        limits: Counter[str] = Counter()
        repeated, reason = 0, ""
        while limits.total() < MOST_INFEASIBLE:
            trial = self._drawn(started, baseline)
            try:
                in_time = self.feasibility.is_strict or limits[TOO_LONG] < MOST_TOO_LONG
                counts = self.feasibility.check(trial.candidate, in_time=in_time)
            except InfeasibleArchitectureError as error:
                limits[error.limit] += 1
                reason = str(error)
                self._record_infeasible(trial, error)
                if self.feasibility.is_strict and limits[TOO_LONG] >= MOST_TOO_SLOW:
                    raise ExhaustedError(
                        f"{MOST_TOO_SLOW} candidates in a row are too slow for the time limit; continuing "
                        "with the best ones so far"
                    ) from None
                if baseline and not self._may_yet_fit(baseline, error, tries=limits.total()):
                    baseline = ""
                continue
            trial = trial.model_copy(update={"counts": counts})
            if not self.repeats(trial):
                return trial
            baseline, repeated = "", repeated + 1
            if repeated >= MOST_REPEATED:
                raise ExhaustedError(f"the last {repeated} candidates have all been trained before")
        binding, count = limits.most_common(1)[0]
        raise SearchError(
            f"{MOST_INFEASIBLE} infeasible candidates in a row, {count} of them because of: {binding}. The "
            f"last reason: {reason}. Widen that limit or the space, or use larger inputs (--image-size)"
        )

    def alike(self, first: Trial, started: float) -> Trial | None:
        """Return a trial of the same architecture as another one, with other numbers; it is not yet recorded.

        None if the space leaves no numbers open, or the sampler draws what was trained before.
        """
        assert isinstance(first.candidate, Candidate)
        if first.number != self._fixed[0]:
            self._fixed = first.number, architecture_of(self._space, first.candidate, self._target)
        fixed = self._fixed[1]
        if len(fixed) == len(first.candidate.params):
            return None
        trial = self._sampled(started, fixed).model_copy(update={"counts": first.counts})
        return None if self.repeats(trial) else trial

    def promoted(self, number: int, started: float) -> Trial:
        """Return a trial of the same candidate as another one; it is not yet recorded."""
        before = self._records[number].trial
        number = self._next_number()
        self._sampler.adopt(number, before.candidate.params)
        return before.model_copy(
            update={
                "number": number,
                "seed": trial_seed(self._seed, number),
                "started": started,
                "retries": 0,
                "leader": None,
            }
        )

    def repeats(self, trial: Trial) -> bool:
        """Return whether a new trial was trained before; in that case record it with the earlier result."""
        self._trained.add(self._records)
        number = self._trained.find(trial.candidate)
        if number is None:
            return False
        before = self._records[number]
        result = before.result
        assert result is not None
        trial = trial.model_copy(update={"rung": before.trial.rung, "fidelity": before.trial.fidelity})
        reason = f"the same network and training as trial {number}"
        changes = {"ended": time.time(), "reason": reason, "reused": number}
        self._record(trial, result.model_copy(update=changes))
        return True

    def _drawn(self, started: float, baseline: str) -> Trial:
        trial = self._sampled(started, self._points[baseline] if baseline else None)
        return trial.model_copy(update={"baseline": baseline})

    def _sampled(self, started: float, point: Baseline | None) -> Trial:
        """Return a trial with the values of a point, and the sampler's for all others."""
        number = self._next_number()
        asked = self._sampler.ask(number, point)
        target = self._target
        candidate = self._space.sample(
            asked, input_shape=target.input_shape, task=target.task, pixels=target.pixels
        )
        seed = trial_seed(self._seed, number)
        return Trial(number=number, seed=seed, candidate=candidate, started=started)

    def _next_number(self) -> int:
        return max((record.number for record in self._records), default=-1) + 1

    def _record_infeasible(self, trial: Trial, error: InfeasibleArchitectureError) -> None:
        self._record(
            trial,
            Result(
                state=TrialState.INFEASIBLE,
                ended=time.time(),
                reason=str(error),
                limit=error.limit,
                violation=error.violation,
            ),
        )

    def _record(self, trial: Trial, result: Result) -> None:
        self._records.begin(trial)
        record = self._records.end(trial.number, result)
        self._sampler.tell(record)
        self._told(record)

    def _next_point(self) -> str:
        """Return the name of the known point to try; empty if the sampler draws the next one."""
        name = self._left[0] if self._left else ""
        if name in self._recommended.names:
            if reason := self._recommended.reason_to_stop(self._records):
                self._note(reason)
                self._left = deque(other for other in self._left if other not in self._recommended.names)
                return self._next_point()
            if not self._recommended.is_next(self._records):
                return ""
        return self._left.popleft() if self._left else ""

    def _may_yet_fit(self, name: str, error: InfeasibleArchitectureError, tries: int) -> bool:
        """Return whether to try another completion of an infeasible baseline."""
        return error.limit != TOO_LONG and tries < FILLS and self._fits(name)

    def _fits(self, name: str) -> bool:
        """Return whether a baseline can be built for the target with some completion."""
        target = self._target
        for seed in range(FILLS):
            candidate = target.random_candidate(self._space, seed, self._points[name])
            try:
                self.feasibility.check(candidate, in_time=False)
            except InfeasibleArchitectureError as error:
                self.unfit[name] = str(error)
            else:
                self.unfit.pop(name, None)
                return True
        return False


def trial_seed(seed: int, number: int) -> int:
    """The seed of a trial's own draws, from the study's seed and the trial's number."""
    return random.Random(f"{seed}/{number}").getrandbits(31)


def points_in(space: Space, warm_start: WarmStart | None) -> dict[str, Baseline]:
    """Return the recommended points of which a space has all parameters and values, by name."""
    points = warm_start.points if warm_start else {}
    return {name: point for name, point in points.items() if len(space.encoded(point)) == len(point)}
