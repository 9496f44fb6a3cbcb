import math

import pytest

from cnnsearch.durations import rough_duration
from cnnsearch.search.finish_plan import (
    BUILDING,
    CONCLUDING,
    STARTING,
    holds,
    plan_finish,
    read_plan,
    seconds_to_keep,
    training_seconds,
    write_plan,
)
from cnnsearch.study.records import TIME_LIMIT, Rung, TrialState
from cnnsearch.study.settings import checked_settings
from tests.studies import EPOCHS, add_epoch, add_trial, begin, digits, end, make_study

EXAMPLES = sum(digits().summary.counts["validation"].values())
ONE = BUILDING + EPOCHS
"""The training time of one of these trials in seconds: one second per epoch."""


@pytest.fixture
def study(tmp_path):
    """Five complete trials, each better than the one before."""
    study = make_study(tmp_path / "mine")
    for number in range(5):
        add_trial(study, number)
    return study


def plan(study, limit=math.inf, done=(), **settings):
    values = {**study.settings.model_dump(), "finalists": 3, **settings}
    return plan_finish(study.records(), checked_settings(values), EXAMPLES, limit, done)


def shape(found):
    return len(found.trials), found.seeds


def test_without_a_limit_the_numbers_are_kept(study):
    found = plan(study)
    assert (found.trials, found.seeds) == ((4, 3, 2), 3)
    assert found.told == f"retraining 3 finalists with 3 seeds, about {rough_duration(STARTING + 9 * ONE)}"


@pytest.mark.parametrize(
    ("trainings", "expected"),
    [(9, (3, 3)), (8, (3, 2)), (5, (3, 1)), (2, (2, 1)), (1, (1, 1)), (0, (1, 0))],
)
def test_there_are_fewer_seeds_first_and_then_fewer_finalists(study, trainings, expected):
    (study.path / "trials" / "0004" / "weights.npz").touch()
    assert shape(plan(study, STARTING + trainings * ONE)) == expected


def test_a_smaller_plan_is_described_with_the_reason(study):
    limit = STARTING + 2 * ONE
    assert plan(study, limit).told.endswith(
        f"(requested 3 finalists with 3 seeds: only {rough_duration(limit)} left)"
    )


def test_what_is_trained_already_takes_no_time(study):
    done = {(trial, number) for trial in (4, 3, 2) for number in range(3)}
    assert shape(plan(study, 0.0, done)) == (3, 3)


def test_workers_train_side_by_side(study):
    assert shape(plan(study, STARTING + 5 * ONE, workers=2)) == (3, 3)


def test_a_refit_takes_its_time_too(study):
    assert shape(plan(study, STARTING + 9 * ONE, refit=True)) == (3, 2)


def test_with_fewer_trials_there_are_fewer_finalists(study):
    found = plan(study, finalists=9)
    assert len(found.trials) == 5
    assert found.told.endswith("3 seeds: no more trials were trained to their end)")


def test_no_finalists_are_the_best_trial_alone(study):
    for number in range(5):
        (study.path / "trials" / f"{number:04d}" / "weights.npz").touch()
    found = plan(study, finalists=0)
    assert (found.trials, found.seeds) == ((4,), 0)
    assert found.told.startswith("no retraining, as requested")


def test_what_is_not_trained_again_needs_its_weights(study):
    (study.path / "trials" / "0002" / "weights.npz").touch()
    assert plan(study, finalists=0).trials == (2,)


def test_a_trial_that_ended_by_itself_would_end_there_again(study):
    assert training_seconds(study.records()[0], epochs=50) == ONE


def test_a_trial_that_the_time_limit_stopped_has_all_epochs_before_it(tmp_path):
    study = make_study(tmp_path / "mine")
    records = study.records()
    begin(records, 0)
    add_epoch(records, 0, 1)
    end(records, 0, TrialState.PRUNED, TIME_LIMIT)
    assert training_seconds(records[0], epochs=50) == BUILDING + 50


def kept(study, timeout, **settings):
    values = {**study.settings.model_dump(), "finalists": 3, "timeout": timeout, **settings}
    return seconds_to_keep(study.records(), checked_settings(values), EXAMPLES)


def test_a_search_keeps_what_its_finish_will_take(study):
    assert kept(study, 3600) == STARTING + 9 * ONE + CONCLUDING


def test_a_search_keeps_no_more_than_a_quarter(study):
    assert 0 < kept(study, 600, epochs=10_000) <= 150


def test_a_short_search_keeps_nothing(study):
    assert kept(study, 60) == 0


@pytest.mark.parametrize("settings", [{"finalists": 0}, {"final_seeds": 0}, {"timeout": None}])
def test_a_search_that_trains_nothing_again_keeps_nothing(study, settings):
    assert kept(study, **{"timeout": 3600, **settings}) == 0


def test_a_planned_search_keeps_nothing_for_finalists_until_a_last_training_has_ended(study):
    values = {**study.settings.model_dump(), "finalists": 3, "timeout": 10_000, "epochs": None}
    settings, records = checked_settings({**values, "pruner": "asha"}), study.records()
    assert seconds_to_keep(records, settings, EXAMPLES) == CONCLUDING

    rung = Rung(number=1, is_last=True, origin=4)
    records.change(records[4].trial.model_copy(update={"rung": rung}))
    assert seconds_to_keep(records, settings, EXAMPLES) == STARTING + 9 * ONE + CONCLUDING


def test_a_search_without_trials_keeps_nothing(tmp_path):
    assert kept(make_study(tmp_path / "mine"), 3600) == 0


def test_a_plan_comes_back_as_it_was_written(study):
    found = plan(study)
    write_plan(study, found)
    assert read_plan(study) == found


def test_a_plan_holds_until_another_trial_ends(study):
    found = plan(study)
    assert holds(found, study.records())
    add_trial(study, 5)
    assert not holds(found, study.records())
