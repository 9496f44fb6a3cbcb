"""The plan of a finish: which finalists are retrained with how many seeds, within the available time.

The plan is stored in runs/STUDY/finalists/plan.json, so that an interrupted finish resumes with it.
"""

import math
import statistics
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import TypeAdapter

from cnnsearch.durations import rough_duration
from cnnsearch.search.choice import choose_finalists
from cnnsearch.study.folder import Study
from cnnsearch.study.records import Record, Records, TrialRecord
from cnnsearch.study.settings import Pick, Settings
from cnnsearch.study.storage import CHOICE, FINISH, read_as, write_json
from cnnsearch.training.store import WEIGHTS

LARGEST_SHARE = 0.25
"""The largest share of a search's time for its finish."""
LONG = 600.0
"""The time limit, in seconds, below which the share of the finish is smaller."""
STARTING, BUILDING = 8.0, 2.0
"""Approximate seconds for the start of a worker, and for building a network."""
CONCLUDING = 12.0
"""Approximate seconds for the process that tests the finalists and writes the bundle."""
CONCLUDING_SHARE = 0.15
"""The largest share of a planned search's time reserved for that process; it may exceed the limit."""


class Conclusion(Record):
    """The outcome of the process that makes the bundle.

    Attributes:
        is_made: Whether the bundle is made; otherwise the champion must be refitted first, see `read_choice`.
    """

    is_made: bool


class FinishPlan(Record):
    """The plan of a finish.

    Attributes:
        trials: The finalists' numbers, best first.
        seeds: The number of retrainings of each.
        pick: The rule for the champion.
        max_latency: The largest median latency of the champion, in seconds; None for no limit.
        refit: Whether the champion is trained once more, on train and validation.
        told: A description of the plan, and the reason if it is smaller than requested.
        ended: The number of trials that had ended when it was made; the plan is valid for this number only.
        limit: Seconds after which no further training begins; None for no limit.
        is_done: Whether its bundle has been made.
    """

    trials: tuple[int, ...]
    seeds: int
    pick: Pick = "best"
    max_latency: float | None = None
    refit: bool = False
    told: str = ""
    ended: int = 0
    limit: float | None = None
    is_done: bool = False


class ChosenChampion(Record):
    """A champion that must be refitted before it is tested.

    Attributes:
        trial: The trial's number.
        epochs: The number of epochs of the refit: its mean best epoch.
        rule: The reason for the choice.
    """

    trial: int
    epochs: int
    rule: str


_PLAN, _CHOICE = TypeAdapter(FinishPlan), TypeAdapter(ChosenChampion)


def read_plan(study: Study) -> FinishPlan | None:
    """Return the plan of the last finish, if any."""
    file = _file(study)
    return read_as(file, _PLAN) if file.exists() else None


def write_plan(study: Study, plan: FinishPlan) -> None:
    """Record a plan and delete the choice of an earlier one."""
    _file(study).parent.mkdir(exist_ok=True)
    _choice_file(study).unlink(missing_ok=True)
    write_json(_file(study), plan.model_dump(mode="json"))


def read_choice(study: Study) -> ChosenChampion | None:
    """Return the champion chosen for a refit, if any."""
    file = _choice_file(study)
    return read_as(file, _CHOICE) if file.exists() else None


def write_choice(study: Study, choice: ChosenChampion) -> None:
    """Record a choice, so that its measurements are not repeated."""
    write_json(_choice_file(study), choice.model_dump(mode="json"))


def holds(plan: FinishPlan | None, records: Iterable[TrialRecord]) -> bool:
    """Return whether no trial has ended since a plan was made."""
    return plan is not None and plan.ended == num_ended(records)


def is_pending(study: Study) -> bool:
    """Return whether a finish was interrupted and no trial has ended since."""
    plan = read_plan(study)
    return plan is not None and not plan.is_done and holds(plan, study.records())


def is_concluded(study: Study) -> bool:
    """Return whether the bundle is up to date with all trials, so that no further finish is needed."""
    plan = read_plan(study)
    return study.is_bundled and plan is not None and plan.is_done and holds(plan, study.records())


def num_ended(records: Iterable[TrialRecord]) -> int:
    """Return the number of trials that have ended, in any state."""
    return sum(record.result is not None for record in records)


def seconds_to_keep(records: Records, settings: Settings, examples: int) -> float:
    """Return the seconds that a search with a time limit reserves for its finish; 0 if none can be retrained.

    At most a quarter; below a limit of ten minutes proportionally less, since a short search needs its time.
    A planned search has no finalists before its first training at the last rung, and until then reserves only
    the time for testing and writing the bundle.

    Args:
        records: The trials so far.
        settings: The settings of the search.
        examples: The number of validation examples.
    """
    if settings.timeout is None:
        return 0.0
    least = min(CONCLUDING, CONCLUDING_SHARE * settings.timeout) if settings.is_planned else 0.0
    if not settings.finalists or not settings.final_seeds:
        return least
    if settings.is_planned and not any(_is_last_of_plan(record) for record in records):
        return least
    limit = LARGEST_SHARE * settings.timeout * min(1.0, settings.timeout / LONG) - CONCLUDING
    _, seconds = _fitting(records, settings, examples, limit)
    return seconds + CONCLUDING if seconds else least


def _is_last_of_plan(record: TrialRecord) -> bool:
    rung = record.trial.rung
    return record.result is not None and rung is not None and rung.is_last


def plan_finish(
    records: Records,
    settings: Settings,
    examples: int,
    limit: float,
    done: Collection[tuple[int, int]] = (),
) -> FinishPlan:
    """Return the largest finish that fits; the number of seeds is reduced first, then that of finalists.

    Args:
        records: The study's trials.
        settings: The settings of this finish.
        examples: The number of validation examples.
        limit: Seconds for retraining; infinite to keep the requested numbers.
        done: Finished retrainings as (trial, number of the training).
    """
    (count, seeds), seconds = _fitting(records, settings, examples, limit, done)
    trained = records if seeds else _with_weights(records)
    chosen = choose_finalists(trained, settings, examples, count)
    return FinishPlan(
        trials=tuple(record.number for record in chosen),
        seeds=seeds,
        pick=settings.pick,
        max_latency=settings.max_latency,
        refit=settings.refit,
        told=_told(settings, len(chosen), seeds, seconds, limit),
        ended=num_ended(records),
        limit=None if math.isinf(limit) else max(limit, 0.0),
    )


def most_epochs(record: TrialRecord, settings: Settings) -> int:
    """Return the largest number of epochs of a trial, or its planned number of rounds."""
    return record.trial.fidelity.rounds if record.trial.fidelity else settings.most_epochs


def training_seconds(record: TrialRecord, epochs: int) -> float:
    """Estimate the time to retrain a trial from the duration of its epochs; a trial that ended by itself is
    assumed to take the same number of epochs."""
    times = [record.trial.started, *(epoch.time for epoch in record.curve)]
    steps = [later - earlier for earlier, later in pairwise(times)]
    # The median without the first epoch, which includes building; an interruption may lengthen one of them.
    use = record.result.use if record.result else None
    length = statistics.median(steps[1:] or steps) / (use.group if use else 1)
    is_complete = bool(record.result and not record.reason)
    return BUILDING + max(length, 0.0) * (record.curve[-1].epoch if is_complete else epochs)


def _fitting(
    records: Records,
    settings: Settings,
    examples: int,
    limit: float,
    done: Collection[tuple[int, int]] = (),
) -> tuple[tuple[int, int], float]:
    """Return the first pair (finalists, seeds) that fits, and its time in seconds."""
    chosen: dict[int, list[TrialRecord]] = {}  # cached, since a choice from a large front takes long
    for count, seeds in _shapes(settings.finalists, settings.final_seeds):
        if count not in chosen:
            chosen[count] = choose_finalists(records, settings, examples, count)
        seconds = _seconds(chosen[count], seeds, settings, done)
        if seconds <= limit or not seeds:
            break
    return (count, seeds), seconds


def _shapes(finalists: int, seeds: int) -> Iterator[tuple[int, int]]:
    for fewer in range(seeds, 0, -1):
        if finalists:
            yield finalists, fewer
    for fewer in range(finalists - 1, 0, -1):
        if seeds:
            yield fewer, 1
    yield (1 if seeds else max(finalists, 1)), 0


def _seconds(
    chosen: Sequence[TrialRecord], seeds: int, settings: Settings, done: Collection[tuple[int, int]]
) -> float:
    each = [
        training_seconds(record, most_epochs(record, settings))
        for record in chosen
        for number in range(seeds)
        if (record.number, number) not in done
    ]
    if settings.refit:
        longest = (training_seconds(record, most_epochs(record, settings)) for record in chosen)
        each.append(max(longest, default=0.0))
    rounds = math.ceil(len(each) / settings.num_workers)
    return STARTING + rounds * statistics.mean(each) if each else 0.0


def _with_weights(records: Records) -> list[TrialRecord]:
    return [record for record in records if (records.trial_folder(record.number) / WEIGHTS).exists()]


def _told(settings: Settings, count: int, seeds: int, seconds: float, limit: float) -> str:
    requested = f"{_finalists(settings.finalists)} with {_seeds(settings.final_seeds)}"
    if not seeds and (not settings.finalists or not settings.final_seeds):
        return f"no retraining, as requested ({_finalists(count)} with the weights of the search)"
    why = f"only {rough_duration(limit)} left" if limit >= 1 else "no time left"
    if not seeds:
        return f"no retraining (requested {requested}: {why}); using the weights of the search"
    done = f"retraining {_finalists(count)} with {_seeds(seeds)}, about {rough_duration(seconds)}"
    is_less = seeds < settings.final_seeds or count < settings.finalists
    return f"{done} (requested {requested}: {_reason(settings, count, seeds, why)})" if is_less else done


def _reason(settings: Settings, count: int, seeds: int, why: str) -> str:
    is_short = seeds == settings.final_seeds and count < settings.finalists
    return "no more trials were trained to their end" if is_short else why


def _finalists(count: int) -> str:
    return f"{count} finalist{'s' if count != 1 else ''}"


def _seeds(count: int) -> str:
    return f"{count} seed{'s' if count != 1 else ''}"


def _file(study: Study) -> Path:
    return study.finalists / FINISH


def _choice_file(study: Study) -> Path:
    return study.finalists / CHOICE
