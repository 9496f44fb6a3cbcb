"""The next training under a plan: a new candidate, or a promotion to more examples. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from cnnsearch.search.planning import REDUCTION, seconds_of
from cnnsearch.study.plan import VALIDATION_SHARE, Plan

MARGIN = 0.93
"""Share of the remaining time to use for the last training: predictions are off by a few percent."""
CALIBRATION = -1
"""The rung of a short first training that measures the machine."""
WORTH = 1.5
"""The smallest factor by which a further training must exceed the examples that a candidate has seen."""
NEARLY = 0.8
"""The smallest share of the planned length that justifies another last training."""


@dataclass(frozen=True)
class Training:
    """One training of a candidate.

    Attributes:
        number: The trial's number.
        origin: The number of the candidate's first trial.
        rung: The rung at which it is compared.
        examples: The number of examples that it sees.
        value: Its score, larger being better: None while it is running, -inf if it failed.
        example_seconds: Seconds per example, predicted or measured.
    """

    number: int
    origin: int
    rung: int
    examples: int
    value: float | None
    example_seconds: float

    @property
    def has_failed(self) -> bool:
        """Whether it has no score."""
        return self.value == -inf


@dataclass(frozen=True)
class NewCandidate:
    """The decision to draw a candidate and train it, usually at the lowest rung."""

    examples: int
    rung: int = 0


@dataclass(frozen=True)
class Promotion:
    """The decision to train a candidate again on more examples.

    Attributes:
        number: Its latest trial.
        rung: The rung to which it is promoted.
        examples: The number of examples to see.
    """

    number: int
    rung: int
    examples: int


def next_training(
    plan: Plan,
    trainings: Sequence[Training],
    remaining: float,
    start: float,
    *,
    is_last: bool = False,
    may_draw: bool = True,
) -> NewCandidate | Promotion | None:
    """Decide what a free worker trains.

    The best third of the candidates at a rung are promoted first, the best ones before others; then new
    candidates start, as long as enough time remains for the last training of the best candidate. That
    training gets all the remaining time. A candidate that was trained at the last rung is trained again if
    that training was much shorter.

    Args:
        plan: The rungs and the limits.
        trainings: All trainings so far, ended or running.
        remaining: Seconds until training must end.
        start: Seconds of a training in addition to its examples.
        is_last: Whether no further training may follow.
        may_draw: Whether there are new candidates.

    Returns:
        None if nothing more fits into the time.
    """
    compared = [training for training in trainings if training.rung > CALIBRATION]
    waiting = _waiting(plan, trainings)
    has_last = any(training.rung == plan.top and not training.has_failed for training in compared)
    if is_last:
        last = _last(plan, waiting, remaining, start, has_last=has_last)
        return NewCandidate(plan.rungs[-1], plan.top) if may_draw and not waiting else last
    if not compared:
        return _first(plan, waiting, remaining, start, may_draw=may_draw)
    is_longest = plan.rungs[-1] >= plan.most_examples
    reserve = 0.0 if has_last and is_longest else _reserve(plan, waiting, start)
    for training in _promotable(plan, compared, waiting):
        rung = training.rung + 1
        cost = seconds_of(plan.rungs[rung], training.example_seconds, start)
        if remaining - cost >= (0.0 if is_longest and rung == plan.top else reserve):
            return Promotion(training.number, rung, plan.rungs[rung])
    if may_draw and remaining >= reserve + _needed_for_a_new_one(plan, start, has_last=has_last):
        return NewCandidate(plan.rungs[0])
    return _last(plan, waiting, remaining, start, has_last=has_last)


def _first(
    plan: Plan, waiting: Sequence[Training], remaining: float, start: float, *, may_draw: bool
) -> NewCandidate | Promotion | None:
    """Return the first training: the candidate that measured the machine is compared first, or is the only
    one to train."""
    if waiting and plan.top > 0:
        return Promotion(waiting[0].number, 0, plan.rungs[0])
    last = _last(plan, waiting, remaining, start, has_last=False)
    return NewCandidate(plan.rungs[0]) if last is None and may_draw else last


def most_examples_in(plan: Plan, remaining: float, example_seconds: float, start: float) -> int:
    """Return the number of examples of the longest useful training that fits into the remaining time."""
    possible = (MARGIN * remaining - start) / (example_seconds * (1.0 + VALIDATION_SHARE))
    return min(plan.most_examples, int(possible))


def _waiting(plan: Plan, trainings: Iterable[Training]) -> list[Training]:
    """Return the longest training of each candidate that has ended and is worth extending, best first.

    Two candidates are compared at the highest rung that both have reached, so at equal examples seen: the
    value of the candidate at the higher rung is higher for that reason alone.
    """
    latest: dict[int, Training] = {}
    values: dict[tuple[int, int], float] = {}
    for training in trainings:
        if training.value is not None:
            values[training.origin, training.rung] = training.value
        longest = latest.get(training.origin)
        if longest is None or (training.rung, training.examples) > (longest.rung, longest.examples):
            latest[training.origin] = training
    ended = [
        training for training in latest.values() if training.value is not None and not training.has_failed
    ]
    ranking: list[Training] = []
    for training in sorted(ended, key=lambda one: (-one.rung, -(one.value or 0.0), one.number)):
        beaten = (
            place
            for place, other in enumerate(ranking)
            if values.get((other.origin, training.rung), inf) < (training.value or 0.0)
        )
        ranking.insert(next(beaten, len(ranking)), training)
    return [one for one in ranking if one.rung < plan.top or WORTH * one.examples <= plan.most_examples]


def _promotable(plan: Plan, trainings: Iterable[Training], waiting: Iterable[Training]) -> list[Training]:
    """Return the waiting trainings among the best third of those that ended at their rung, higher rungs
    first."""
    values: dict[int, list[float]] = {}
    for training in trainings:
        if training.value is not None and training.rung < plan.top:
            values.setdefault(training.rung, []).append(training.value)
    kept = {rung: sorted(ended, reverse=True)[: len(ended) // REDUCTION] for rung, ended in values.items()}
    best = (t for t in waiting if kept.get(t.rung) and (t.value or 0.0) >= kept[t.rung][-1])
    return sorted(best, key=lambda training: -training.rung)


def _reserve(plan: Plan, waiting: Sequence[Training], start: float) -> float:
    """Return the seconds that are reserved for the last training of the best candidate."""
    if plan.top == 0:
        return 0.0
    most = plan.largest_share * plan.seconds
    if not waiting:
        return most
    return min(seconds_of(plan.most_examples, waiting[0].example_seconds, start), most)


def _needed_for_a_new_one(plan: Plan, start: float, *, has_last: bool) -> float:
    """Return the seconds that must remain, beyond the reserve, to justify a new candidate."""
    if has_last and plan.top > 0:  # it could still reach the top rung
        return sum(seconds_of(examples, plan.typical_example_seconds, start) for examples in plan.rungs)
    return seconds_of(plan.rungs[0], plan.most_example_seconds, start)


def _last(
    plan: Plan, waiting: Sequence[Training], remaining: float, start: float, *, has_last: bool
) -> Promotion | None:
    """Return the last training of the best waiting candidate, as long as the remaining time allows; a second
    one only if its length is close to the planned one."""
    for training in waiting:
        examples = most_examples_in(plan, remaining, training.example_seconds, start)
        if examples >= max(WORTH * training.examples, NEARLY * plan.rungs[-1] if has_last else 0.0):
            return Promotion(training.number, plan.top, examples)
    return None
