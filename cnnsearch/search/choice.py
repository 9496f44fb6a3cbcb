"""Which trial becomes the champion, and which trials' weights are worth keeping until then."""

import math
from collections.abc import Iterable

from cnnsearch.search.objectives import front
from cnnsearch.search.records import TrialRecord, best_first
from cnnsearch.search.settings import Settings

MOST_BEST, MOST_OF_FRONT = 3, 10
"""Trials whose weights are kept: the best ones, and of the front."""
ACCURACY = "validation_accuracy"


def standard_error(accuracy: float, examples: int) -> float:
    """Of a share measured on so many examples: sqrt(p (1 - p) / n)."""
    return math.sqrt(max(accuracy * (1.0 - accuracy), 0.0) / examples)


def preferred(records: Iterable[TrialRecord], settings: Settings, examples: int) -> list[TrialRecord]:
    """The trials that can be the champion, in the order in which they would be taken.

    Under `best`, by the first objective. Under `smallest` the network with the fewest weights comes first
    among those whose validation accuracy is within one standard error of the best one's (Breiman et al.
    1984, section 3.4.3, for trees): a difference that small may be the validation split's chance.

    Args:
        records: All trials.
        settings: The objectives and the rule.
        examples: The validation split's.
    """
    ranking = best_first(records, settings.direction)
    if settings.pick == "best" or not ranking:
        return ranking
    best = _accuracy(ranking[0])
    near = [r for r in ranking if _accuracy(r) >= best - standard_error(best, examples)]
    near.sort(key=lambda record: record.trial.counts["weights"])
    return [*near, *(record for record in ranking if record not in near)]


def keepers(records: Iterable[TrialRecord], settings: Settings) -> set[int]:
    """The numbers of the trials of which the champion may be chosen."""
    known = list(records)
    best = best_first(known, settings.direction)[:MOST_BEST]
    also = ("num_weights",) if settings.pick == "smallest" else ()
    names = tuple(dict.fromkeys((*settings.objectives, *also)))
    others = front(known, names)[:MOST_OF_FRONT] if len(names) > 1 else []
    return {record.number for record in (*best, *others)}


def _accuracy(record: TrialRecord) -> float:
    assert record.result is not None
    return record.result.metrics.get(ACCURACY, 0.0)
