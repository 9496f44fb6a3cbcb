"""How a search is finished: which finalists are trained again and how often, within the time there is for it.

The plan stands in runs/STUDY/finalists/plan.json, so that an interrupted finish goes on as it was begun.
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
from cnnsearch.training.protocol import WEIGHTS

LARGEST_SHARE = 0.25
"""Share of a search's time that its finish may take."""
LONG = 600.0
"""Seconds from which on a time limit is shared like that: of a shorter one the search keeps more."""
STARTING, BUILDING = 8.0, 2.0
"""Seconds, about, that a worker takes to come up, and a network before its first epoch."""
CONCLUDING = 12.0
"""Seconds, about, that the process takes which tests the finalists and writes the bundle."""
CONCLUDING_SHARE = 0.15
"""The largest share of a planned search's time that is kept for that; what it takes beyond comes on top."""


class Conclusion(Record):
    """What the process that ends a search has come to.

    Attributes:
        is_made: Whether the bundle is made; else the champion is to be refitted first, see `read_choice`.
    """

    is_made: bool


class FinishPlan(Record):
    """What a finish does.

    Attributes:
        trials: The finalists' numbers, best first.
        seeds: How often each is trained again.
        pick: The rule for the champion.
        max_latency: Finalists of a higher median latency are left out; in seconds, None for no limit.
        refit: Whether the champion is trained once more, on train and validation.
        told: What is done, and what is left out and why.
        ended: How many trials had ended when it was made; with more, it does not hold any more.
        limit: Seconds after which no further training is begun; None for no limit.
        is_done: Whether the bundle has been made by it.
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
    """A champion that is to be refitted before it is tested.

    Attributes:
        trial: Its number.
        epochs: How long it is trained: its mean best epoch.
        rule: Why it was chosen.
    """

    trial: int
    epochs: int
    rule: str


_PLAN, _CHOICE = TypeAdapter(FinishPlan), TypeAdapter(ChosenChampion)


def read_plan(study: Study) -> FinishPlan | None:
    """The plan of the last finish, if there was one."""
    file = _file(study)
    return read_as(file, _PLAN) if file.exists() else None


def write_plan(study: Study, plan: FinishPlan) -> None:
    """Records a plan; with a new one the last one's choice is gone."""
    _file(study).parent.mkdir(exist_ok=True)
    _choice_file(study).unlink(missing_ok=True)
    write_json(_file(study), plan.model_dump(mode="json"))


def read_choice(study: Study) -> ChosenChampion | None:
    """The champion that this finish has chosen already, if it is to be refitted."""
    file = _choice_file(study)
    return read_as(file, _CHOICE) if file.exists() else None


def write_choice(study: Study, choice: ChosenChampion) -> None:
    """Records a choice, so that the measurements behind it are not repeated."""
    write_json(_choice_file(study), choice.model_dump(mode="json"))


def holds(plan: FinishPlan | None, records: Iterable[TrialRecord]) -> bool:
    """Whether no trial has ended since a plan was made."""
    return plan is not None and plan.ended == num_ended(records)


def is_pending(study: Study) -> bool:
    """Whether a finish was begun and not ended, with nothing new since."""
    plan = read_plan(study)
    return plan is not None and not plan.is_done and holds(plan, study.records())


def is_concluded(study: Study) -> bool:
    """Whether the bundle is made of all trials that there are: the test split is not read for nothing."""
    plan = read_plan(study)
    return study.is_bundled and plan is not None and plan.is_done and holds(plan, study.records())


def num_ended(records: Iterable[TrialRecord]) -> int:
    """The trials that have ended, in whatever way."""
    return sum(record.result is not None for record in records)


def seconds_to_keep(records: Records, settings: Settings, examples: int) -> float:
    """What a search with a time limit leaves of it for its finish; 0 where nothing can be trained again.

    A quarter at most, of a limit under ten minutes less in proportion: a short search needs its time. Until a
    planned search has a last training behind it, those that it has are no finalists yet, and it keeps no more
    than the conclusion takes.

    Args:
        records: Its trials so far.
        settings: Its settings.
        examples: The validation split's.
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
    """The largest finish that fits: fewer seeds first, then fewer finalists.

    Args:
        records: The study's trials.
        settings: The settings of this finish.
        examples: The validation split's.
        limit: Seconds for training again; infinite where the numbers are to be kept whatever they cost.
        done: Retrainings that need no time any more, as (trial, number of the training).
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
    """The epochs that a trial is trained for at the most, or the rounds that it was planned to have."""
    return record.trial.fidelity.rounds if record.trial.fidelity else settings.most_epochs


def training_seconds(record: TrialRecord, epochs: int) -> float:
    """How long a trial would train from scratch, from how long its epochs took; one that came to its end by
    itself would do so again."""
    times = [record.trial.started, *(epoch.time for epoch in record.curve)]
    steps = [later - earlier for earlier, later in pairwise(times)]
    # The middle one: an interruption lies in one of them, the network's building in the first.
    length = statistics.median(steps[1:] or steps)
    is_whole = bool(record.result and not record.reason)
    return BUILDING + max(length, 0.0) * (record.curve[-1].epoch if is_whole else epochs)


def _fitting(
    records: Records,
    settings: Settings,
    examples: int,
    limit: float,
    done: Collection[tuple[int, int]] = (),
) -> tuple[tuple[int, int], float]:
    """The first shape (finalists, seeds) that fits, and the seconds that it takes."""
    chosen: dict[int, list[TrialRecord]] = {}  # a choice out of a large front takes its time
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
    asked = f"{_finalists(settings.finalists)} from {_seeds(settings.final_seeds)}"
    if not seeds and (not settings.finalists or not settings.final_seeds):
        return f"no finalist is trained again, as asked for ({_finalists(count)}, the search's own weights)"
    why = f"{rough_duration(limit)} are left for that" if limit >= 1 else "no time is left for that"
    if not seeds:
        return f"no finalist is trained again ({asked} would be: {why}); the search's own weights serve"
    done = f"{_finalists(count)} trained again from {_seeds(seeds)}, about {rough_duration(seconds)}"
    is_less = seeds < settings.final_seeds or count < settings.finalists
    return f"{done} (not {asked}: {_reason(settings, count, seeds, why)})" if is_less else done


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
