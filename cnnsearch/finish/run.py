"""The finish of a search: retrain the finalists, then start the process that tests them.

Only that process loads Keras and the test split.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from cnnsearch.data.store import read_summary
from cnnsearch.errors import CnnsearchError, SearchError
from cnnsearch.finish.retraining import PlannedRetraining, Retrainer, refit_job, retraining_job
from cnnsearch.rpc import Call
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
from cnnsearch.search.under_way import PeriodicLines
from cnnsearch.study.credentials import environment_for
from cnnsearch.study.events import Happening, Note, Tick, Watcher
from cnnsearch.study.finalists import Finalists, retraining_seed
from cnnsearch.study.folder import Study
from cnnsearch.study.lock import driving
from cnnsearch.study.log import LogFile
from cnnsearch.study.settings import Settings, checked_settings
from cnnsearch.training.backend import environment

_CONCLUSION = TypeAdapter(Conclusion)


def finish_search(study: Study, watchers: Sequence[Watcher], interruption: Interruption) -> bool:
    """Finish a search within its remaining time; an interrupted finish resumes with its plan.

    Args:
        study: A study with a trial eligible as the champion.
        watchers: Receivers of all events.
        interruption: The counter of Ctrl-C.

    Returns:
        True if it ended, False if Ctrl-C interrupted it.

    Raises:
        StudyError: Another process is searching the study.
        SearchError: No trial is eligible as the champion, or the bundle could not be made.
    """

    def plan() -> FinishPlan:
        recorded = read_plan(study) if is_pending(study) else None
        return recorded or _planned(study, study.settings, _time_left(study))

    return _finish(study, plan, watchers, interruption)


def finish_again(study: Study, changes: Mapping[str, Any], watchers: Sequence[Watcher]) -> bool:
    """Finish a study again.

    Args:
        study: A study with a trial eligible as the champion.
        changes: Settings of this finish that differ from the study's. With a given number of finalists or
            seeds the time is not limited; otherwise the limit is a quarter of the search's time.
        watchers: Receivers of all events.

    Returns:
        True if it ended, False if Ctrl-C interrupted it.

    Raises:
        SettingsError: A setting is out of range.
        StudyError: Another process is searching the study.
        SearchError: No trial is eligible as the champion, or the bundle could not be made.
    """
    settings = checked_settings({**study.settled.model_dump(), **changes})
    is_unlimited = "finalists" in changes or "final_seeds" in changes
    limit = math.inf if is_unlimited else LARGEST_SHARE * (settings.timeout or study.seconds)
    return _finish(study, lambda: _planned(study, settings, limit), watchers, Interruption())


def _finish(
    study: Study, plan: Callable[[], FinishPlan], watchers: Sequence[Watcher], interruption: Interruption
) -> bool:
    begun, before = time.monotonic(), study.seconds
    with saying_what_failed(study), driving(study.path), counting_ctrl_c(interruption):
        try:
            with LogFile(study.log) as log:
                periodic = PeriodicLines(study.settings, log.write, are_epochs_written=True)
                _carry_out(study, plan(), [log, periodic, *watchers], interruption)
        finally:
            study.save_progress(before + time.monotonic() - begun, study.settled)
    return interruption.count == 0


def _planned(study: Study, settings: Settings, limit: float) -> FinishPlan:
    """Make and record a plan.

    Raises:
        SearchError: No trial is eligible as the champion.
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
            f"{study.name} has no trial eligible as the champion (trained to its end, with its weights kept; "
            f"`--finalists 1 --final-seeds 1` retrains one without weights): found {records.told_counts()}"
        )
    write_plan(study, plan)
    return plan


def _time_left(study: Study) -> float:
    """Return the seconds for retraining after a search: the time reserved for it, or left over."""
    settings = study.settled
    if settings.timeout is None:
        return LARGEST_SHARE * study.seconds - CONCLUDING
    left = settings.timeout - study.seconds
    if not settings.is_planned:  # the last epochs may have used some of the reserved time
        left = max(seconds_to_keep(study.records(), settings, _num_validation(study)), left)
    return min(LARGEST_SHARE * settings.timeout, left) - CONCLUDING


def _num_validation(study: Study) -> int:
    return read_summary(study.data_folder).num_examples("validation")


def _carry_out(
    study: Study, plan: FinishPlan, watchers: Sequence[Watcher], interruption: Interruption
) -> None:
    def notify(happening: Happening) -> None:
        for watcher in watchers:
            watcher(happening)

    def note(text: str) -> None:
        notify(Note(text))

    def tick() -> None:
        notify(Tick(time.monotonic() - begun))

    begun = time.monotonic() - study.seconds
    note(f"the search is done; {plan.told}")
    _train(study, _retrainings(study, plan), watchers, interruption, plan.limit)
    if not interruption.count:
        note("choosing the champion, testing it and writing the bundle")
        conclusion = _conclude(study, interruption, tick)
    if not interruption.count and conclusion is not None and not conclusion.is_made:
        choice = read_choice(study)
        assert choice is not None
        note(f"refitting trial {choice.trial} on train and validation for {choice.epochs} epochs")
        _train(study, [refit_job(study, choice)], watchers, interruption, None)
        if not interruption.count:
            _conclude(study, interruption, tick)
    if not interruption.count:
        write_plan(study, plan.model_copy(update={"is_done": True}))


def _retrainings(study: Study, plan: FinishPlan) -> list[PlannedRetraining]:
    """Return the jobs seed by seed, so that all finalists have equally many when the time is used up."""
    records, seed = study.records(), study.settings.seed
    return [
        retraining_job(study, records[trial], retraining_seed(seed, trial, number))
        for number in range(plan.seeds)
        for trial in plan.trials
    ]


def _train(
    study: Study,
    jobs: Sequence[PlannedRetraining],
    watchers: Sequence[Watcher],
    interruption: Interruption,
    limit: float | None,
) -> None:
    deadline = math.inf if limit is None else time.monotonic() + limit
    executor = make_executor(study.settled, study)
    Retrainer(study, executor, watchers, interruption, deadline).run(jobs)


def _conclude(study: Study, interruption: Interruption, tick: Callable[[], None]) -> Conclusion | None:
    """Run the process that chooses, tests and writes; return None if Ctrl-C interrupts it.

    Raises:
        SearchError: The bundle could not be made.
    """

    def meanwhile() -> None:
        if interruption.count:
            raise KeyboardInterrupt
        tick()

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
