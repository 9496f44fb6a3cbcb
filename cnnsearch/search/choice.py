"""Which trials are finalists and may become the champion, and whose weights are worth keeping until then."""

from collections.abc import Iterable, Sequence

from cnnsearch.data.store import read_summary
from cnnsearch.study import folds
from cnnsearch.study.folder import Study
from cnnsearch.study.objectives import COSTS, front
from cnnsearch.study.records import TrialRecord, best_first
from cnnsearch.study.settings import Settings
from cnnsearch.tasks.base import Metric

MOST_BEST, MOST_OF_FRONT = 3, 10
"""Trials whose weights are kept: the best ones, and of the front."""
PICKED_BY = {"smallest": "num_weights", "fastest": "macs"}
"""The cost that each rule for the champion goes by among networks of equal standing. `fastest` means the
lowest latency; that is measured at the finish, and until then MACs are its estimate."""


def preferred(records: Iterable[TrialRecord], settings: Settings, examples: int) -> list[TrialRecord]:
    """The trials that can be the champion, in the order in which they would be taken.

    Under `best`, by the first objective. Under `smallest` the network with the fewest weights comes first
    among those whose main metric on validation is within one standard error of the best one's (Breiman et
    al. 1984, section 3.4.3, for trees): a difference that small may be the validation split's chance. Under
    `fastest` it is the one with the fewest MACs, as `PICKED_BY` says.

    The error is the main metric's, whatever the objective. With folds it is the objective's own, over
    the best trial's folds.

    Args:
        records: All trials.
        settings: The objectives and the rule.
        examples: The validation split's.
    """
    ranking = best_first(records, settings.direction)
    if settings.pick == "best" or not ranking:
        return ranking
    near = _near_the_best(ranking, settings, examples)
    near.sort(key=lambda record: record.trial.counts[COSTS[PICKED_BY[settings.pick]]])
    return [*near, *(record for record in ranking if record not in near)]


def ranked(study: Study, records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """The trials that can be the champion, in the order in which they would be taken."""
    examples = read_summary(study.data_folder).num_examples("validation")
    return preferred(records, study.settings, examples)


def keepers(records: Iterable[TrialRecord], settings: Settings) -> set[int]:
    """The numbers of the trials of which the champion may be chosen."""
    known = list(records)
    best = best_first(known, settings.direction)[:MOST_BEST]
    also = PICKED_BY.get(settings.pick)
    names = tuple(dict.fromkeys((*settings.objectives, *([also] if also else []))))
    others = front(known, names)[:MOST_OF_FRONT] if len(names) > 1 else []
    return {record.number for record in (*best, *others)}


def choose_finalists(
    records: Iterable[TrialRecord], settings: Settings, examples: int, count: int
) -> list[TrialRecord]:
    """The trials that are trained again: the best by the search's own figure.

    Where there are several objectives they are spread evenly over the front; where the champion is to be the
    smallest or the fastest, the one that would be taken is first and the best one beside it.

    Args:
        records: All trials.
        settings: The objectives and the rule for the champion.
        examples: The validation split's.
        count: How many; at least one is chosen where there is one.
    """
    known = list(records)
    ranking = preferred(known, settings, examples)
    first = ranking[:1] if settings.pick != "best" else []
    best = best_first(known, settings.direction)[:1]
    optimal = front(known, settings.objectives) if settings.more_objectives else []
    chosen = {r.number: r for r in (*first, *best, *evenly_spaced(optimal, count - len(first)), *ranking)}
    return list(chosen.values())[: max(1, count)]


def evenly_spaced(records: Sequence[TrialRecord], count: int) -> list[TrialRecord]:
    """So many of a row of trials, at even distances, its ends among them."""
    if count < 2 or len(records) <= count:
        return list(records[: max(count, 0)])
    return [records[round(place * (len(records) - 1) / (count - 1))] for place in range(count)]


def _near_the_best(ranking: list[TrialRecord], settings: Settings, examples: int) -> list[TrialRecord]:
    """The trials within one standard error of the first."""
    first = ranking[0]
    if settings.folds > 1:
        assert first.result is not None and first.value is not None
        margin = folds.fold_standard_error(first.curve, settings.objective, first.result.best_epoch)
        return [r for r in ranking if r.value is not None and abs(r.value - first.value) <= margin]
    metric = settings.main_metric
    best = _value(first, metric)
    margin = metric.standard_error(best, examples)
    return [record for record in ranking if metric.is_as_good(_value(record, metric), best, margin)]


def _value(record: TrialRecord, metric: Metric) -> float:
    assert record.result is not None
    return record.result.metrics.get(metric.on("validation").name, metric.worst)
