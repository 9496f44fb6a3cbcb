"""What a search with a time limit will do, as a pure function of the limit, the data and predicted costs.

The plan is successive halving (Karnin et al. 2013; Li et al. 2020) over examples seen: many candidates are
trained on few examples, the best third of them anew on three times as many, and at the end the best one on as
many as the time allows. Each training has a learning-rate schedule of its own length, so candidates are
compared at equal examples seen and with their schedules ended.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from cnnsearch.durations import rough_duration
from cnnsearch.training.fidelity import Fidelity

REDUCTION = 3
"""Candidates at a rung for one at the next; also how many times the examples the next has."""
MOST_LOWER_RUNGS = 3
FEWEST_EXAMPLES = 4_000
"""Examples seen below which a comparison says little: some 60 steps of 64."""
LARGEST_SHARE, LEAST_SHARE = 0.75, 0.25
"""Share of the time that one training may take: of a time in which little of a useful training can be done,
and of one in which there is time for several whole ones."""
EXPLORED = 2
"""Trainings on the lowest rung for which there has to be time beside the last one; a shorter search trains
one candidate for all its time."""
TYPICAL_OF_LARGEST = 0.6
"""What a typical feasible candidate costs, of the most that one may."""
MACS_PER_EXAMPLE = 80.0
"""MACs of the network that suits a training of a given length, for each example seen: networks and trainings
grow together with the time (as Hoffmann et al. 2022 found for language models). The number is an
estimate from single trainings on CIFAR-10 of one to eight minutes; longer ones were not measured."""
MOST_PASSES, USUAL_EXAMPLES = 40.0, 2_000
"""Passes over the training examples that are enough, and of so few examples on; fewer are passed more
often."""
RUNG_VALIDATION = 2_000
"""Validation examples at the lower rungs. Of an accuracy of 0.8 the standard error is then 0.009, a third of
the usual distance between a rung's best third and its median; the top rung has the whole split."""
CHECKED = 1_000
"""Validation examples of the reports on the way, which nothing is decided by but where training diverges."""
AUGMENTED_FROM, AUGMENTED_FROM_GREY = 3, 15
"""Passes from which on a training is augmented, and one on grey pictures, which are often centred already:
what is seen a few times is hardly memorized. docs/budget.md has what was measured."""
VALIDATION_SHARE = 0.1
"""Share of a training's time that its validations may take, about."""
ROUND_SECONDS = 15.0
"""The longest that a training goes without a report, about."""
FORWARD = 1.0 / 3.0
"""What validating an example costs, of training on it."""
MOST_ROUNDS = 60
_HALVINGS = 30


@dataclass(frozen=True)
class Costs:
    """What trainings cost in the space that is searched.

    Attributes:
        cheapest: Seconds of training for each example seen, of a cheap candidate.
        typical: Likewise, of one in the middle.
        macs_per_second: MACs of a forward pass times examples trained on, a second, of one in the middle.
        start: Seconds that a training takes besides: the network is built and traced.
    """

    cheapest: float
    typical: float
    macs_per_second: float
    start: float = 1.5


class Plan(BaseModel):
    """How a search spends its time.

    Attributes:
        seconds: For training candidates.
        training: Examples of the training split.
        validation: Examples of the validation split.
        rungs: Examples that a training sees at each rung, rising.
        candidates: How many trainings there is time for at each rung, about; one at least at the last.
        most_examples: The longest training: more examples are not worth their time.
        most_example_seconds: The cost above which a candidate is infeasible: its training at the last rung
            would not end in its share of the time.
        typical_example_seconds: What one in the middle costs.
        largest_share: The share of the time that one training may take.
        augmented_from: Passes over its examples from which on a training is augmented.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float
    training: int = Field(ge=1)
    validation: int = Field(ge=1)
    rungs: tuple[int, ...]
    candidates: tuple[int, ...]
    most_examples: int
    most_example_seconds: float
    typical_example_seconds: float
    largest_share: float
    augmented_from: int = AUGMENTED_FROM

    @property
    def top(self) -> int:
        """The number of the last rung."""
        return len(self.rungs) - 1

    def fidelity(self, examples: int, rung: int, example_seconds: float, batch_size: int) -> Fidelity:
        """The size of a training as rounds.

        Args:
            examples: To be seen, about.
            rung: The rung that it is for.
            example_seconds: Predicted seconds for each example.
            batch_size: A round is a number of whole batches.
        """
        validation = self.validation if rung == self.top else min(self.validation, RUNG_VALIDATION)
        subset = min(examples, self.training)
        batch = min(batch_size, subset)
        checked = min(validation, CHECKED)
        affordable = VALIDATION_SHARE * examples / (FORWARD * checked)
        wanted = max(1.0, min(math.ceil(examples / self.training), affordable))
        needed = math.ceil(examples * example_seconds / ROUND_SECONDS)
        rounds = max(1, min(max(round(wanted), needed), MOST_ROUNDS, examples // batch))
        length = max(1, round(examples / rounds / batch)) * batch
        return Fidelity(
            rounds=rounds,
            round_examples=length,
            subset=subset,
            validation=validation,
            checked=checked,
            is_augmented=examples >= self.augmented_from * subset,
        )

    def told(self) -> str:
        """The plan in a line."""
        passes = f"{self.rungs[-1]:,} examples ({self.rungs[-1] / self.training:.3g} passes)"
        steps = [f"{rough_duration(self.seconds)} of training"]
        for number, (examples, count) in enumerate(zip(self.rungs, self.candidates, strict=True)):
            if not count:
                continue
            noun = "" if len(steps) > 1 else " networks" if count != 1 else " network"
            size = passes if number == self.top else f"{examples:,} examples{_share(examples, self.training)}"
            steps.append(f"about {count}{noun} on {size}")
        return f"{steps[0]}: {', '.join(steps[1:])}"


def most_useful_examples(training: int) -> int:
    """Examples seen beyond which a training gains little: 40 passes, more of a small dataset."""
    return round(MOST_PASSES * training * max(1.0, math.sqrt(USUAL_EXAMPLES / training)))


def plan_rungs(
    seconds: float,
    training: int,
    validation: int,
    costs: Costs,
    workers: int = 1,
    lowest: int | None = None,
    augmented_from: int = AUGMENTED_FROM,
) -> Plan:
    """Makes the plan of a search.

    Args:
        seconds: There are for training candidates.
        training: Examples of the training split.
        validation: Examples of the validation split.
        costs: Predicted.
        workers: Candidates that are trained at a time, each at these costs.
        lowest: The lowest rung of the plan followed so far, which stays, so that trainings still compare.
        augmented_from: Passes over its examples from which on a training is augmented.
    """
    most = most_useful_examples(training)
    explored = EXPLORED * (costs.start + FEWEST_EXAMPLES * costs.cheapest)
    direct = min(seconds, explored / (1.0 - LARGEST_SHARE))
    main = max(_share_of_one(seconds, most, costs) * seconds, direct)
    top = max(1, round(min(_longest(main, costs), most)))
    limit = max(main / top, costs.cheapest)
    if seconds - main < explored / 2:
        rungs: tuple[int, ...] = (top,)
    else:
        rungs = _rungs(top) if lowest is None else _rungs_from(lowest, top)
    typical = min(costs.typical, TYPICAL_OF_LARGEST * limit)
    each = [seconds_of(examples, typical, costs.start) for examples in rungs]
    longest = min(main, seconds_of(most, typical, costs.start))
    return Plan(
        seconds=seconds,
        training=training,
        validation=validation,
        rungs=rungs,
        candidates=_candidates(seconds * workers - longest, each),
        most_examples=most,
        most_example_seconds=limit,
        typical_example_seconds=typical,
        largest_share=main / seconds,
        augmented_from=augmented_from,
    )


def seconds_of(examples: int, example_seconds: float, start: float) -> float:
    """Predicted seconds of a training, its validations included."""
    return start + examples * example_seconds * (1.0 + VALIDATION_SHARE)


def _longest(seconds: float, costs: Costs) -> float:
    """Examples of the training that suits a time: its network grows with it, and a cheap one is no slower."""
    balanced = math.sqrt(seconds * costs.macs_per_second / MACS_PER_EXAMPLE)
    return min(balanced, max(seconds - costs.start, 0.0) / costs.cheapest)


def _share_of_one(seconds: float, most: int, costs: Costs) -> float:
    """The share of the time that one training may take: the more of a useful training it then is, the less.

    The share s for which s = largest - (largest - least) * (how much of a useful training fits into it) is
    found by bisection: the right side falls as s rises.
    """
    low, high = LEAST_SHARE, LARGEST_SHARE
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        progress = min(1.0, _longest(share * seconds, costs) / most)
        if share < LARGEST_SHARE - (LARGEST_SHARE - LEAST_SHARE) * progress:
            low = share
        else:
            high = share
    return high


def _rungs(top: int) -> tuple[int, ...]:
    """The rungs below a last one: one in any case, more as long as enough examples are seen."""
    rungs = [max(1, round(top / REDUCTION)), top]
    while len(rungs) <= MOST_LOWER_RUNGS and rungs[0] / REDUCTION >= FEWEST_EXAMPLES:
        rungs.insert(0, round(rungs[0] / REDUCTION))
    return tuple(rungs)


def _rungs_from(lowest: int, top: int) -> tuple[int, ...]:
    """The rungs from a lowest one on, up to a last one that is worth a training after the one before it."""
    rungs = [min(lowest, top)]
    while rungs[-1] * REDUCTION**1.5 < top:
        rungs.append(rungs[-1] * REDUCTION)
    return (*rungs, top) if rungs[-1] < top else tuple(rungs)


def _candidates(seconds: float, each: Sequence[float]) -> tuple[int, ...]:
    """About how many trainings there is time for at each rung.

    Args:
        seconds: What the last training leaves to the others.
        each: Seconds of a training at each rung.
    """
    halving = [REDUCTION ** (len(each) - 1 - rung) for rung in range(len(each))]
    whole = seconds / sum(count * cost for count, cost in zip(halving, each, strict=True))
    if whole >= 1.0:
        return (*(int(whole * count) for count in halving[:-1]), 1 + int(whole))
    lower = seconds / max(len(each) - 1, 1)
    return (*(int(lower / cost) for cost in each[:-1]), 1)


def _share(examples: int, training: int) -> str:
    return f" (1/{round(training / examples)} of the data)" if examples * 1.5 < training else ""
