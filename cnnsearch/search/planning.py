"""The plan of a search with a time limit, as a pure function of the limit, the data and predicted costs.

The plan is successive halving (Karnin et al. 2013; Li et al. 2020) over examples seen: many candidates are
trained on few examples, the best third of them again on three times as many, and finally the best one on as
many as the time allows. Each training has a learning-rate schedule of its own length, so candidates are
compared at equal examples seen and at the end of their schedules.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnnsearch.study.plan import AUGMENTED_FROM, VALIDATION_SHARE, Plan

REDUCTION = 3
"""Candidates at a rung per candidate at the next one; also the ratio of their examples."""
MOST_LOWER_RUNGS = 3
FEWEST_EXAMPLES = 4_000
"""Examples seen below which a comparison is unreliable: about 60 steps of 64."""
LARGEST_SHARE, LEAST_SHARE = 0.75, 0.25
"""Share of the time for one training: if the time is short compared with a useful training, and if it
suffices for several complete ones."""
EXPLORED = 2
"""Trainings at the lowest rung that must fit beside the last one; a shorter search trains one candidate for
the total time."""
TYPICAL_OF_LARGEST = 0.6
"""Cost of a typical feasible candidate relative to the highest allowed cost."""
MACS_PER_EXAMPLE = 80.0
"""MACs of the network that suits a training of a given length, per example seen: networks and trainings grow
together with the time (as Hoffmann et al. 2022 found for language models). The number is an estimate from
single trainings on CIFAR-10 of one to eight minutes; longer ones were not measured."""
MOST_PASSES, USUAL_EXAMPLES = 40.0, 2_000
"""Number of passes over the training examples that suffices, from this number of examples on; smaller
datasets get more passes."""
_HALVINGS = 30


@dataclass(frozen=True)
class Costs:
    """Costs of training in the searched space.

    Attributes:
        cheapest: Seconds of training per example seen, for a cheap candidate.
        typical: Seconds of training per example seen, for the median candidate.
        macs_per_second: MACs of a forward pass times examples trained per second, for the median candidate.
        start: Seconds of a training in addition to its examples: the network is built and traced.
    """

    cheapest: float
    typical: float
    macs_per_second: float
    start: float = 1.5


def most_useful_examples(training: int) -> int:
    """Return the examples seen beyond which training gains little: 40 passes, more for a small dataset."""
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
    """Make the plan of a search.

    Args:
        seconds: The time for training candidates.
        training: Examples in the training split.
        validation: Examples in the validation split.
        costs: The predicted costs.
        workers: Number of concurrent trials, each at these costs.
        lowest: The lowest rung of the previous plan, which is kept, so that trainings remain comparable.
        augmented_from: The number of passes over its examples from which a training is augmented.
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
    """Return the predicted seconds of a training, including its validations."""
    return start + examples * example_seconds * (1.0 + VALIDATION_SHARE)


def _longest(seconds: float, costs: Costs) -> float:
    """Return the examples of the training that suits a time: its network grows with the time and is never
    faster than a cheap one."""
    balanced = math.sqrt(seconds * costs.macs_per_second / MACS_PER_EXAMPLE)
    return min(balanced, max(seconds - costs.start, 0.0) / costs.cheapest)


def _share_of_one(seconds: float, most: int, costs: Costs) -> float:
    """Return the share of the time for one training; the closer that is to a useful training, the smaller.

    The share s with s = largest - (largest - least) * (the fraction of a useful training that fits into s) is
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
    """Return the rungs up to a last one: at least one below it, more as long as enough examples are seen."""
    rungs = [max(1, round(top / REDUCTION)), top]
    while len(rungs) <= MOST_LOWER_RUNGS and rungs[0] / REDUCTION >= FEWEST_EXAMPLES:
        rungs.insert(0, round(rungs[0] / REDUCTION))
    return tuple(rungs)


def _rungs_from(lowest: int, top: int) -> tuple[int, ...]:
    """Return the rungs from a lowest one up to a last one that is sufficiently above the one before."""
    rungs = [min(lowest, top)]
    while rungs[-1] * REDUCTION**1.5 < top:
        rungs.append(rungs[-1] * REDUCTION)
    return (*rungs, top) if rungs[-1] < top else tuple(rungs)


def _candidates(seconds: float, each: Sequence[float]) -> tuple[int, ...]:
    """Return the approximate number of trainings at each rung.

    Args:
        seconds: The time without the last training.
        each: Seconds of a training at each rung.
    """
    halving = [REDUCTION ** (len(each) - 1 - rung) for rung in range(len(each))]
    cycles = seconds / sum(count * cost for count, cost in zip(halving, each, strict=True))
    if cycles >= 1.0:
        return (*(int(cycles * count) for count in halving[:-1]), 1 + int(cycles))
    lower = seconds / max(len(each) - 1, 1)
    return (*(int(lower / cost) for cost in each[:-1]), 1)
