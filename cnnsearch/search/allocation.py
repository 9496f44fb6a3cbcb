"""What to train next under a plan: a new candidate, or one that did well on more examples. Pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from cnnsearch.search.planning import REDUCTION, VALIDATION_SHARE, Plan, seconds_of

MARGIN = 0.93
"""Share of the time left that the last training is sized for: predictions are off by some percent."""
CALIBRATION = -1
"""The rung of a first short training that only measures the machine."""
WORTH = 1.5
"""How many times the examples that a candidate has seen another training has to have."""
NEARLY = 0.8
"""Share of the planned length from which on a further last training is worth its time."""


@dataclass(frozen=True)
class Training:
    """One training of a candidate.

    Attributes:
        number: The trial's number.
        origin: The number of the candidate's first trial.
        rung: Where it is compared.
        examples: That it sees.
        value: What it reached, larger being better: None while it is under way, -inf where it failed.
        example_seconds: Predicted or measured, for each example seen.
    """

    number: int
    origin: int
    rung: int
    examples: int
    value: float | None
    example_seconds: float

    @property
    def has_failed(self) -> bool:
        """Whether it reached nothing."""
        return self.value == -inf


@dataclass(frozen=True)
class NewCandidate:
    """A candidate is drawn and trained, usually at the lowest rung."""

    examples: int
    rung: int = 0


@dataclass(frozen=True)
class Promotion:
    """A candidate is trained anew on more examples.

    Attributes:
        number: Its trial so far.
        rung: The rung it is promoted to.
        examples: That it is to see.
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
    """Decides what a free worker trains.

    Candidates of a rung's best third go on first, the best before others, then new ones begin, as long as the
    time for the best candidate's last training stays. That one gets all the time that is left: it is trained
    anew also where it has been at the last rung, if that was much shorter.

    Args:
        plan: The rungs and the limits.
        trainings: All so far, ended or under way.
        remaining: Seconds until training has to end.
        start: Seconds that a training takes besides its examples.
        is_last: Whether no training may follow this one.
        may_draw: Whether there are new candidates.

    Returns:
        None where nothing more fits.
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
    """The candidate that measured the machine is the first to be compared, or the only one to be trained."""
    if waiting and plan.top > 0:
        return Promotion(waiting[0].number, 0, plan.rungs[0])
    last = _last(plan, waiting, remaining, start, has_last=False)
    return NewCandidate(plan.rungs[0]) if last is None and may_draw else last


def most_examples_in(plan: Plan, remaining: float, example_seconds: float, start: float) -> int:
    """Examples of the longest useful training that fits into the time left."""
    possible = (MARGIN * remaining - start) / (example_seconds * (1.0 + VALIDATION_SHARE))
    return min(plan.most_examples, int(possible))


def _waiting(plan: Plan, trainings: Iterable[Training]) -> list[Training]:
    """Each candidate's longest training, where that has ended and another would be worth its time; the best
    first.

    Two candidates are compared at the highest rung that both have reached, so at equal examples seen: the one
    that came further has the higher value for that alone.
    """
    latest: dict[int, Training] = {}
    values: dict[tuple[int, int], float] = {}
    for training in trainings:
        if training.value is not None:
            values[training.origin, training.rung] = training.value
        known = latest.get(training.origin)
        if known is None or (training.rung, training.examples) > (known.rung, known.examples):
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
    """The waiting trainings that are among the best third of those that ended at their rung; those of higher
    rungs first."""
    values: dict[int, list[float]] = {}
    for training in trainings:
        if training.value is not None and training.rung < plan.top:
            values.setdefault(training.rung, []).append(training.value)
    kept = {rung: sorted(found, reverse=True)[: len(found) // REDUCTION] for rung, found in values.items()}
    best = (t for t in waiting if kept.get(t.rung) and (t.value or 0.0) >= kept[t.rung][-1])
    return sorted(best, key=lambda training: -training.rung)


def _reserve(plan: Plan, waiting: Sequence[Training], start: float) -> float:
    """Seconds that are kept for the best candidate's last training."""
    if plan.top == 0:
        return 0.0
    most = plan.largest_share * plan.seconds
    if not waiting:
        return most
    return min(seconds_of(plan.most_examples, waiting[0].example_seconds, start), most)


def _needed_for_a_new_one(plan: Plan, start: float, *, has_last: bool) -> float:
    """Seconds there have to be left, beside what is kept, for a new candidate to be worth its time."""
    if has_last and plan.top > 0:  # it could still come to the top
        return sum(seconds_of(examples, plan.typical_example_seconds, start) for examples in plan.rungs)
    return seconds_of(plan.rungs[0], plan.most_example_seconds, start)


def _last(
    plan: Plan, waiting: Sequence[Training], remaining: float, start: float, *, has_last: bool
) -> Promotion | None:
    """The best waiting candidate's last training, as long as the time that is left allows; a second one where
    it can be nearly as long as was planned."""
    for training in waiting:
        examples = most_examples_in(plan, remaining, training.example_seconds, start)
        if examples >= max(WORTH * training.examples, NEARLY * plan.rungs[-1] if has_last else 0.0):
            return Promotion(training.number, plan.top, examples)
    return None
