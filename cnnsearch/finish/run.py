"""Ends a search: has its finalists trained again, then starts the process that tests them.

That process alone loads Keras and the test split; the driver never does.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from cnnsearch.data.store import read_summary
from cnnsearch.errors import CnnsearchError, SearchError
from cnnsearch.finish.retraining import Job, Retrainer, refit_job, retraining_job
from cnnsearch.rpc import Call
from cnnsearch.search.events import Happening, Note, Tick, Watcher
from cnnsearch.search.executors import make_executor
from cnnsearch.search.finish_plan import (
    CONCLUDING,
    LARGEST_SHARE,
    Conclusion,
    FinishPlan,
    is_pending,
    plan_finish,
    read_choice,
    read_plan,
    seconds_to_keep,
    write_plan,
)
from cnnsearch.search.interruption import Interruption, counting_ctrl_c
from cnnsearch.search.launch import saying_what_failed
from cnnsearch.search.log import LogFile
from cnnsearch.study.credentials import environment_for
from cnnsearch.study.finalists import Finalists, retraining_seed
from cnnsearch.study.folder import Study
from cnnsearch.study.lock import driving
from cnnsearch.study.settings import Settings, checked_settings
from cnnsearch.training.backend import environment

_CONCLUSION = TypeAdapter(Conclusion)


def finish_search(study: Study, watchers: Sequence[Watcher], interruption: Interruption) -> bool:
    """Finishes a search within what is left of its time; one that was interrupted goes on as it was begun.

    Args:
        study: A study that has a trial which can be the best.
        watchers: Told of everything that happens.
        interruption: Counts Ctrl-C.

    Returns:
        Whether it came to its end, rather than to Ctrl-C.

    Raises:
        StudyError: Another process searches the study.
        SearchError: No trial can be the best, or the bundle could not be made.
    """

    def plan() -> FinishPlan:
        known = read_plan(study) if is_pending(study) else None
        return known or _planned(study, study.settings, _time_left(study))

    return _finish(study, plan, watchers, interruption)


def finish_again(study: Study, changes: Mapping[str, Any], watchers: Sequence[Watcher]) -> bool:
    """Finishes a study anew.

    Args:
        study: A study that has a trial which can be the best.
        changes: Other settings than the study's, for this finish. Numbers that are asked for are kept,
            whatever they cost; else a quarter of the search's time bounds it.
        watchers: Told of everything that happens.

    Returns:
        Whether it came to its end, rather than to Ctrl-C.

    Raises:
        SettingsError: A setting is out of its range.
        StudyError: Another process searches the study.
        SearchError: No trial can be the best, or the bundle could not be made.
    """
    settings = checked_settings({**study.settled.model_dump(), **changes})
    is_free = "finalists" in changes or "final_seeds" in changes
    limit = math.inf if is_free else LARGEST_SHARE * (settings.timeout or study.seconds)
    return _finish(study, lambda: _planned(study, settings, limit), watchers, Interruption())


def _finish(
    study: Study, plan: Callable[[], FinishPlan], watchers: Sequence[Watcher], interruption: Interruption
) -> bool:
    begun, before = time.monotonic(), study.seconds
    with saying_what_failed(study), driving(study.path), counting_ctrl_c(interruption):
        try:
            with LogFile(study.log) as log:
                _carry_out(study, plan(), [log, *watchers], interruption)
        finally:
            study.save_progress(before + time.monotonic() - begun, study.settled.num_workers)
    return interruption.count == 0


def _planned(study: Study, settings: Settings, limit: float) -> FinishPlan:
    """Makes and records a plan.

    Raises:
        SearchError: No trial can be the best.
    """
    records, finalists = study.records(), Finalists(study)
    done = {
        (record.number, number)
        for record in records
        for number in range(settings.final_seeds)
        if finalists.is_done(record.number, retraining_seed(settings.seed, record.number, number))
    }
    plan = plan_finish(records, settings, _num_validation(study), limit, done)
    if not plan.trials:
        raise SearchError(
            f"{study.name} has no trial that could be the best, trained to its end and with its weights kept "
            f"(else `--finalists 1 --final-seeds 1` trains it again): found {records.told_counts()}"
        )
    write_plan(study, plan)
    return plan


def _time_left(study: Study) -> float:
    """Seconds for training again after a search: what it has kept for that, or has not used."""
    settings = study.settled
    if settings.timeout is None:
        return LARGEST_SHARE * study.seconds - CONCLUDING
    left = settings.timeout - study.seconds
    if not settings.is_planned:  # its last epochs may have taken from what was kept
        left = max(seconds_to_keep(study.records(), settings, _num_validation(study)), left)
    return min(LARGEST_SHARE * settings.timeout, left) - CONCLUDING


def _num_validation(study: Study) -> int:
    return read_summary(study.data_folder).num_examples("validation")


def _carry_out(
    study: Study, plan: FinishPlan, watchers: Sequence[Watcher], interruption: Interruption
) -> None:
    def happens(happening: Happening) -> None:
        for watcher in watchers:
            watcher(happening)

    def tell(text: str) -> None:
        happens(Note(text))

    def show_life() -> None:
        happens(Tick(time.monotonic() - begun))

    begun = time.monotonic() - study.seconds
    tell(f"the search is done; {plan.told}")
    _train(study, _retrainings(study, plan), watchers, interruption, plan.limit)
    if not interruption.count:
        tell("the champion is chosen, the bundle made and tested")
        conclusion = _conclude(study, interruption, show_life)
    if not interruption.count and conclusion is not None and not conclusion.is_made:
        choice = read_choice(study)
        assert choice is not None
        tell(f"trial {choice.trial} is refitted on train and validation for {choice.epochs} epochs")
        _train(study, [refit_job(study, choice)], watchers, interruption, None)
        if not interruption.count:
            _conclude(study, interruption, show_life)
    if not interruption.count:
        write_plan(study, plan.model_copy(update={"is_done": True}))


def _retrainings(study: Study, plan: FinishPlan) -> list[Job]:
    """One seed of all finalists after the other, so that none is ahead when the time is over."""
    records, seed = study.records(), study.settings.seed
    return [
        retraining_job(study, records[trial], retraining_seed(seed, trial, number))
        for number in range(plan.seeds)
        for trial in plan.trials
    ]


def _train(
    study: Study,
    jobs: Sequence[Job],
    watchers: Sequence[Watcher],
    interruption: Interruption,
    limit: float | None,
) -> None:
    deadline = math.inf if limit is None else time.monotonic() + limit
    executor = make_executor(study.settled, study.log)
    Retrainer(study, executor, watchers, interruption, deadline).run(jobs)


def _conclude(study: Study, interruption: Interruption, show_life: Callable[[], None]) -> Conclusion | None:
    """Run the process that chooses, tests and writes; None where Ctrl-C comes first.

    Raises:
        SearchError: The bundle could not be made.
    """

    def meanwhile() -> None:
        if interruption.count:
            raise KeyboardInterrupt
        show_life()

    try:
        return Call(
            "cnnsearch.finish.champion:conclude",
            study,
            _CONCLUSION,
            environment=environment_for(study.settings.tracking_uri) | environment(study.settings.backend),
            keras=True,
            log=study.log,
            meanwhile=meanwhile,
        ).result()
    except KeyboardInterrupt:
        return None
    except CnnsearchError as error:
        raise SearchError(f"the bundle could not be made: {error}") from None
