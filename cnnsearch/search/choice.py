"""The choice of finalists and of the champion's candidates, and the trials whose weights are kept for it."""

from collections.abc import Iterable, Sequence

from cnnsearch.data.store import read_summary
from cnnsearch.study import folds
from cnnsearch.study.folder import Study
from cnnsearch.study.objectives import COSTS, front
from cnnsearch.study.records import TrialRecord, best_first
from cnnsearch.study.settings import Settings
from cnnsearch.tasks.metric import Metric

MOST_BEST, MOST_OF_FRONT = 3, 10
"""Trials whose weights are kept: the best ones, and those of the front."""
PICKED_BY = {"smallest": "num_weights", "fastest": "macs"}
"""The cost by which each rule for the champion ranks networks within one standard error. `fastest` means the
lowest latency, which is measured at the finish; before that, MACs are the estimate."""


def preferred(records: Iterable[TrialRecord], settings: Settings, examples: int) -> list[TrialRecord]:
    """Return the trials that can be the champion, in order of preference.

    With `best`, the order is that of the first objective. With `smallest`, the network with the fewest
    weights comes first among those whose main metric on validation is within one standard error of the best
    (Breiman et al. 1984, section 3.4.3, for trees): such a difference can be due to chance in the validation
    split. With `fastest`, the network with the fewest MACs comes first; see `PICKED_BY`.

    The standard error is that of the main metric, for any objective. With folds it is that of the objective
    over the folds of the best trial.

    Args:
        records: All trials.
        settings: The objectives and the rule.
        examples: Number of examples in the validation split.
    """
    ranking = best_first(records, settings.direction)
    if settings.pick == "best" or not ranking:
        return ranking
    near = _near_the_best(ranking, settings, examples)
    near.sort(key=lambda record: record.trial.counts[COSTS[PICKED_BY[settings.pick]]])
    return [*near, *(record for record in ranking if record not in near)]


def ranked(study: Study, records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the trials that can be the champion, in order of preference."""
    examples = read_summary(study.data_folder).num_examples("validation")
    return preferred(records, study.settings, examples)


def keepers(records: Iterable[TrialRecord], settings: Settings) -> set[int]:
    """Return the numbers of the trials from which the champion can be chosen."""
    known = list(records)
    best = best_first(known, settings.direction)[:MOST_BEST]
    also = PICKED_BY.get(settings.pick)
    names = tuple(dict.fromkeys((*settings.objectives, *([also] if also else []))))
    others = front(known, names)[:MOST_OF_FRONT] if len(names) > 1 else []
    return {record.number for record in (*best, *others)}


def choose_finalists(
    records: Iterable[TrialRecord], settings: Settings, examples: int, count: int
) -> list[TrialRecord]:
    """Return the trials to retrain: those with the best score in the search.

    With several objectives they are spread evenly over the front. If the champion is to be the smallest or
    the fastest, the preferred trial comes first, and the best one is included.

    Args:
        records: All trials.
        settings: The objectives and the rule for the champion.
        examples: Number of examples in the validation split.
        count: The number of finalists; at least one is chosen if there is one.
    """
    known = list(records)
    ranking = preferred(known, settings, examples)
    first = ranking[:1] if settings.pick != "best" else []
    best = best_first(known, settings.direction)[:1]
    optimal = front(known, settings.objectives) if settings.more_objectives else []
    chosen = {r.number: r for r in (*first, *best, *evenly_spaced(optimal, count - len(first)), *ranking)}
    return list(chosen.values())[: max(1, count)]


def evenly_spaced(records: Sequence[TrialRecord], count: int) -> list[TrialRecord]:
    """Return `count` trials of a sequence at even distances, including both ends."""
    if count < 2 or len(records) <= count:
        return list(records[: max(count, 0)])
    return [records[round(place * (len(records) - 1) / (count - 1))] for place in range(count)]


def _near_the_best(ranking: list[TrialRecord], settings: Settings, examples: int) -> list[TrialRecord]:
    """Return the trials within one standard error of the first."""
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
