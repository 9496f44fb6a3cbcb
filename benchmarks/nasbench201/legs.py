"""One search of a table: what a sampler is asked, what it is told, and what it has found by then."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from cnnsearch.search.proposals import MOST_REPEATED
from cnnsearch.search.samplers import Sampler
from cnnsearch.space import Candidate, SearchSpace
from cnnsearch.space.domains import Domain, Plain
from cnnsearch.space.hypermodels import hypermodel_space, learn, possible_of
from cnnsearch.study.records import Result, Trial, TrialRecord, TrialState
from nasbench201.tables import Table

CHECKPOINTS = (50, 100, 200)
"""Trials after which the regret is noted."""
MOST = 500
"""Trials after which a search is given up."""

Params = dict[str, Plain]


@dataclass
class Leg:
    """What one search came to.

    Attributes:
        found: Trials until a point of the top 0.1% was trained; None where it never was.
        regrets: How far the best point so far is from the best of all, after each of the checkpoints, in
            units of the distance from the median point.
        repeats: Candidates that had been trained before: cnnsearch reuses their results, and does not count
            them.
        ended_early: Whether cnnsearch would have given up, as nothing new came for long.
    """

    found: int | None = None
    regrets: list[float] = field(default_factory=list)
    repeats: int = 0
    ended_early: bool = False


class Search:
    """Asks a sampler as the driver does, and tells it records.

    Args:
        table: What is searched.
        make: Makes the sampler for a space.
        seed: Of the figures that trials reach.
        counts_repeats: Whether a point trained before is trained again, as where nobody looks for it.
    """

    def __init__(
        self, table: Table, make: Callable[[SearchSpace], Sampler], seed: int, *, counts_repeats: bool = False
    ) -> None:
        self._table, self._seed, self._counts_repeats = table, seed, counts_repeats
        self._space = hypermodel_space(f"tables:{table.family}", "")
        self._sampler = make(self._space)
        self._template: Candidate | None = None
        self._under_way: deque[tuple[int, Params, tuple[int, ...]]] = deque()
        self._trained: set[str] = set()
        self._number = self._count = 0
        self._best = float("-inf")
        self.leg = Leg()

    def run(self, most: int = MOST, workers: int = 1) -> Leg:
        """Searches until a point of the top 0.1% is found, but at least to the last checkpoint."""
        while self._count < most and not (self.leg.found and self._count >= CHECKPOINTS[-1]):
            while len(self._under_way) < workers:
                if not self._begin():
                    self.leg.ended_early = True
                    return self._filled()
            self._end(*self._under_way.popleft())
        return self.leg

    def _begin(self) -> bool:
        """Draws the next candidate that is new; says whether one came."""
        for _ in range(MOST_REPEATED):
            number, params, point = self._drawn()
            key = repr(sorted(params.items()))
            if self._counts_repeats or key not in self._trained:
                self._trained.add(key)
                self._under_way.append((number, params, point))
                return True
            self.leg.repeats += 1
            self._tell(number, params, point, reused=number)
        return False

    def _drawn(self) -> tuple[int, Params, tuple[int, ...]]:
        number, params = self._number, Params()
        self._number += 1
        trial = self._sampler.ask(number)
        if self._template is None:
            self._template = self._space.sample(trial, input_shape=(8, 8, 1), num_classes=10)

        def ask(name: str, domain: Domain) -> Plain:
            learn(self._space, name, possible_of(domain))
            params[name] = self._sampler.suggest(number, name, domain)
            return params[name]

        return number, params, self._table.walk(ask)

    def _end(self, number: int, params: Params, point: tuple[int, ...]) -> None:
        self._tell(number, params, point)
        self._count += 1
        self._best = max(self._best, self._table.means[point])
        if self.leg.found is None and self._best >= self._table.good:
            self.leg.found = self._count
        if self._count in CHECKPOINTS:
            self.leg.regrets.append((self._table.best - self._best) / self._table.spread)

    def _tell(self, number: int, params: Params, point: tuple[int, ...], reused: int | None = None) -> None:
        assert self._template is not None
        value = self._table.value(point, self._seed)
        candidate = self._template.model_copy(update={"params": params})
        trial = Trial.model_construct(number=number, seed=number, candidate=candidate, started=float(number))
        result = Result.model_construct(
            state=TrialState.COMPLETE,
            ended=float(number),
            value=value,
            metrics={"validation_accuracy": value},
            reused=reused,
        )
        self._sampler.tell(TrialRecord.model_construct(trial=trial, result=result))

    def _filled(self) -> Leg:
        """The leg of a search that ended early: its regret stays what it was."""
        missing = len(CHECKPOINTS) - len(self.leg.regrets)
        self.leg.regrets += missing * [(self._table.best - self._best) / self._table.spread]
        return self.leg
