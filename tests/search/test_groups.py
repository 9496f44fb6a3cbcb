"""Trials of one architecture that the compiled engine trains together."""

from collections import Counter

import pytest

from cnnsearch.errors import SettingsError
from cnnsearch.search.alike import architecture_of
from cnnsearch.search.target import Target
from cnnsearch.study.events import Note
from cnnsearch.study.records import TrialState
from cnnsearch.study.settings import checked_settings
from cnnsearch.training.protocol import EngineMeasured
from cnnsearch.training.structure import structure
from tests.search.planned import by_number, planned_study
from tests.search.toys import FINITE, ToyExecutor, driver_of, toy_study
from tests.space.helpers import text_of
from tests.studies import digits

GROUPED = {"engine": "compiled", "group_size": 3, "backend": "jax"}
WITHOUT_NUMBERS = text_of("stages: {filters: {low: 4, high: 64}, blocks: conv}", "optimizer: adam")
MEASURED = EngineMeasured(trial=0, engine="compiled", group_size=4, reason="groups are faster")


def searched(study, executor, told=None):
    driver_of(study, executor, told).run()
    return study.records()


def structures(records):
    return [structure(each.trial.candidate.architecture, each.trial.candidate.training) for each in records]


def test_a_job_has_trials_of_one_architecture_with_other_numbers(tmp_path):
    executor = ToyExecutor(is_grouped=True)
    records = list(searched(toy_study(tmp_path, trials=7, seed=1, **GROUPED), executor))
    assert executor.groups == [(0, 1, 2), (3, 4, 5), (6,)]
    assert [each.trial.leader for each in records] == [None, 0, 0, None, 3, 3, None]
    first, second = structures(records[:3]), structures(records[3:6])
    assert len(set(first)) == len(set(second)) == 1 and first[0] != second[0]
    rates = {each.trial.candidate.training.learning_rate for each in records}
    assert len(rates) == len(records)
    assert [each.state for each in records] == [TrialState.COMPLETE] * 7


@pytest.mark.parametrize(("space", "changes"), [(WITHOUT_NUMBERS, {}), (FINITE, {"sampler": "grid"})])
def test_without_open_numbers_and_in_a_grid_trials_are_trained_alone(tmp_path, space, changes):
    executor = ToyExecutor()
    searched(toy_study(tmp_path, space, trials=4, **GROUPED | changes), executor)
    assert [len(group) for group in executor.groups] == [1] * 4


def test_the_first_trial_measures_how_many_train_together_and_a_resume_keeps_it(tmp_path):
    study, told = toy_study(tmp_path, trials=5, engine="compiled"), []
    executor = ToyExecutor(measured=MEASURED)
    searched(study, executor, told)
    assert executor.groups == [(0,), (1, 2, 3, 4)]
    assert MEASURED.reason in [event.text for event in told if isinstance(event, Note)]
    assert (study.settled.engine, study.settled.group_size) == ("compiled", 4)

    study = type(study)(study.path)
    again = ToyExecutor(measured=MEASURED)
    driver = driver_of(study, again)
    driver._trials._limit = 9  # type: ignore[assignment]
    driver.run()
    assert again.groups == [(5, 6, 7, 8)]
    assert not any(job.compares for job in again.jobs.values())


def test_a_group_that_was_interrupted_is_resumed_as_one(tmp_path):
    study = toy_study(tmp_path, trials=6, **GROUPED)
    executor = ToyExecutor(is_grouped=True)
    driver = driver_of(study, executor)
    driver.interruption.count = 0

    def interrupting(trial, epoch):
        driver.interruption.count = 1
        return 0.5

    executor._curve = interrupting
    driver.run()
    assert [each.state for each in study.records()] == [TrialState.RUNNING] * 3
    again = ToyExecutor(is_grouped=True)
    searched(study, again)
    assert again.groups == [(0, 1, 2), (3, 4, 5)]


def test_a_rung_counts_an_architecture_once_by_its_best_trial(tmp_path):
    # Of two architectures the one with 0.9 continues, and of its three trials the best.
    values = {0: 0.7, 1: 0.9, 2: 0.8, 3: 0.85, 4: 0.6, 5: 0.5}
    study = toy_study(tmp_path, pruner="asha", epochs=9, trials=6, **GROUPED)
    records = searched(study, ToyExecutor(lambda trial, epoch: values[trial], is_grouped=True))
    assert [each.number for each in records if each.state == TrialState.COMPLETE] == [1]
    assert "among the trials of its architecture: rank 3 of 3" in records[0].reason
    assert records[3].reason.startswith("rank 2 of 2")


def test_a_plan_promotes_the_best_trial_of_a_group(tmp_path):
    study = planned_study(tmp_path, trials=20, **GROUPED)
    records = searched(study, ToyExecutor(by_number, is_grouped=True))
    trials = [each.trial for each in records if each.trial.rung is not None]
    groups = {trial.number: trial.group for trial in trials if trial.rung.number == 0}
    promoted = [trial for trial in trials if trial.rung.number > 0]
    assert max(Counter(groups.values()).values()) == 3
    assert promoted and all(trial.leader is None for trial in promoted)
    best = {max(number for number in groups if groups[number] == group) for group in groups.values()}
    assert {trial.rung.origin for trial in promoted} <= best


def test_only_numbers_are_left_open(tmp_path):
    study = toy_study(tmp_path)
    target = Target.of(digits().summary)
    candidate = target.random_candidate(study.space, 0)
    fixed = architecture_of(study.space, candidate, target)
    assert set(candidate.params) - set(fixed) == {"optimizer.adam.learning_rate"}


def test_the_compiled_engine_chooses_jax_and_refuses_another_backend():
    settings = checked_settings({"space": "plain", "data": "digits", "engine": "compiled"})
    assert settings.backend == "jax" and settings.engines == ("compiled",)
    with pytest.raises(
        SettingsError, match="--backend: found tensorflow; the compiled engine needs the backend jax"
    ):
        checked_settings({**settings.model_dump(), "backend": "tensorflow"})
    with pytest.raises(SettingsError, match="--group-size: found 0"):
        checked_settings({"space": "plain", "data": "digits", "group_size": "0"})


@pytest.mark.parametrize(
    ("engine", "backend", "engines"),
    [
        ("auto", "tensorflow", ("fit",)),
        ("auto", "jax", ("fit", "compiled")),
        ("fit", "jax", ("fit",)),
        ("compiled", "jax", ("compiled",)),
    ],
)
def test_engines_are_compared_where_both_are_possible(engine, backend, engines):
    values = {"space": "plain", "data": "digits", "engine": engine, "backend": backend}
    assert checked_settings(values).engines == engines
