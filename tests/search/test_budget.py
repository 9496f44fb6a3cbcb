"""Planned searches over an executor that trains nothing: the next training, its length, and the records."""

from itertools import count

import pytest

from cnnsearch.errors import InfeasibleArchitectureError, SettingsError
from cnnsearch.search import budget as budget_module
from cnnsearch.search.allocation import CALIBRATION
from cnnsearch.search.budget import planned_in, progress_by_rung
from cnnsearch.search.optuna_study import frozen_trial
from cnnsearch.search.planned_search import make_budget, plan_search
from cnnsearch.search.training_costs import sample_of
from cnnsearch.search.training_time import TOO_LONG
from cnnsearch.study.events import Note, PlanMade, Tick
from cnnsearch.study.records import Records, Trial, TrialState, best_first
from cnnsearch.study.settings import checked_settings
from cnnsearch.training.fidelity import Fidelity
from tests.search.planned import by_number, planned_study, searched, study_summary
from tests.search.toys import ToyExecutor, driver_of
from tests.space.helpers import text_of

SLOW = text_of("stages: {repeat: 4, filters: [8, 2048], blocks: {repeat: 4, conv: {kernel_size: 5}}}")
"""Networks whose wide variants take hours."""


pytestmark = pytest.mark.usefixtures("unmeasured")


def test_a_time_limit_alone_is_planned_for():
    def is_planned(**settings):
        return checked_settings({"space": "plain", "data": "digits", **settings}).is_planned

    assert is_planned(timeout=60) and is_planned(timeout=60, trials=5)
    assert not is_planned() and not is_planned(trials=5)
    by_epochs = {"epochs": 20}, {"folds": 3}, {"pruner": "median"}, {"sampler": "grid"}
    assert not any(is_planned(timeout=60, **each) for each in by_epochs)


def test_progress_leaves_out_a_rung_that_the_plan_has_no_time_for_until_a_training_ends_there(tmp_path):
    study = planned_study(tmp_path)
    records = searched(study, ToyExecutor(by_number))
    plan = planned_in(study.path)
    lowest, *_ = plan.rungs
    unplanned = plan.model_copy(update={"candidates": (0,) * len(plan.rungs)})
    assert progress_by_rung(plan, []).startswith(f"0 of about {plan.candidates[0]} on {lowest:,} examples, ")
    assert progress_by_rung(unplanned, []) == ""
    ended = sum(record.trial.rung.number == 0 for record in records)
    assert progress_by_rung(unplanned, records).startswith(f"{ended} on {lowest:,} examples")


def test_every_trial_has_the_size_of_its_rung(tmp_path):
    study = planned_study(tmp_path)
    records = searched(study, ToyExecutor(by_number))

    rungs = planned_in(study.path).rungs
    trained = [record for record in records if record.trial.rung and record.trial.rung.number >= 0]
    assert {record.trial.rung.number for record in trained} >= {0, 1}
    for record in trained:
        fidelity, rung = record.trial.fidelity, record.trial.rung
        assert len(record.curve) == fidelity.rounds
        if not rung.is_last:
            assert fidelity.examples == pytest.approx(rungs[rung.number], rel=0.05)


@pytest.mark.parametrize(("channels", "passes"), [(1, 15), (3, 3)])
def test_grey_pictures_are_augmented_from_more_passes_on(tmp_path, channels, passes):
    study = planned_study(tmp_path)
    summary = study_summary(study)
    shape = (*summary.input_shape[:-1], channels)
    budget = make_budget(study.settings, study.space, summary.model_copy(update={"input_shape": shape}))

    assert budget.plan.augmented_from == passes


def test_a_promotion_is_a_trial_of_its_own_with_the_same_candidate(tmp_path):
    records = searched(planned_study(tmp_path), ToyExecutor(by_number))

    promoted = [record for record in records if record.trial.candidate_number != record.number]
    assert promoted
    for record in promoted:
        origin = records[record.trial.candidate_number]
        assert record.trial.candidate == origin.trial.candidate
        assert record.trial.fidelity.examples > origin.trial.fidelity.examples
        assert record.trial.seed != origin.trial.seed


def test_the_best_training_represents_a_candidate(tmp_path):
    records = searched(planned_study(tmp_path), ToyExecutor(by_number))

    ranking = best_first(records, "maximize")
    candidates = [record.trial.candidate_number for record in ranking]
    assert len(candidates) == len(set(candidates))
    assert ranking[0].value == max(record.value for record in records if record.value is not None)


def test_however_short_the_time_something_is_trained(tmp_path):
    records = searched(planned_study(tmp_path, timeout=0.01, trials=None), ToyExecutor(by_number))

    assert [record.can_be_best for record in records][:1] == [True]


def test_the_first_training_of_a_longer_search_measures_the_machine_and_revises_the_plan(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(budget_module, "CALIBRATION_EXAMPLES", 64)
    told = []
    records = searched(planned_study(tmp_path, workers=1), ToyExecutor(by_number, step_seconds=1e-3), told)

    first, second = records[0].trial, records[1].trial
    assert (first.rung.number, first.fidelity.examples) == (CALIBRATION, 64)
    assert (second.rung.number, second.candidate_number) == (0, 0)
    made = [event for event in told if isinstance(event, PlanMade)]
    assert [event.is_revised for event in made] == [False, True]


def test_without_a_measured_step_the_plan_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(budget_module, "CALIBRATION_EXAMPLES", 64)
    told = []
    searched(planned_study(tmp_path, workers=1), ToyExecutor(by_number), told)

    assert [event.is_revised for event in told if isinstance(event, PlanMade)] == [False]


def test_two_workers_are_planned_for_as_two(tmp_path):
    study = planned_study(tmp_path)
    one, two = (
        make_budget(study.settings.model_copy(update={"workers": workers}), study.space, study_summary(study))
        for workers in (1, 2)
    )
    assert (one.costs.workers, two.costs.workers) == (1, 2)


def test_a_change_of_the_worker_count_revises_the_plan(tmp_path):
    study = planned_study(tmp_path, workers="auto")
    budget = make_budget(study.settings, study.space, study_summary(study))
    candidate = study.space.sample_random(0, input_shape=(8, 8, 1), num_classes=10)
    trial = Trial(number=0, seed=0, candidate=candidate, started=0.0)

    assert budget.settle(trial, 1, 0.01, seconds=500.0) is None
    plan = budget.settle(trial, 2, 0.02, seconds=500.0)
    assert plan is not None and plan.seconds == 500.0 and budget.costs.workers == 2


def test_a_trial_of_a_search_without_a_limit_continues_under_a_plan(tmp_path):
    study = planned_study(tmp_path, trials=4)
    candidate = study.space.sample_random(0, input_shape=(8, 8, 1), num_classes=10)
    study.records().begin(Trial(number=0, seed=0, candidate=candidate, started=0.0))

    records = searched(study, ToyExecutor(by_number, is_slow_to_tell=True))
    assert records[0].state == TrialState.COMPLETE and records[0].trial.fidelity is None
    assert any(record.trial.fidelity for record in records)


def test_a_search_that_has_no_new_candidates_trains_the_best_one_on_and_ends(tmp_path):
    one = text_of("stages: {repeat: 1, filters: 8, blocks: {conv: {kernel_size: 3}}}")
    records = searched(planned_study(tmp_path, one, trials=4), ToyExecutor(by_number))

    trained = [record for record in records if record.curve]
    assert {record.trial.candidate_number for record in trained} == {0}
    assert trained[-1].trial.rung.is_last


def test_a_trial_limit_ends_with_the_best_candidates_last_training(tmp_path):
    records = searched(planned_study(tmp_path, timeout=600.0, trials=4), ToyExecutor(by_number), None)

    trained = [record for record in records if record.state == TrialState.COMPLETE]
    assert len(trained) == 4
    assert trained[-1].trial.rung.is_last


def test_a_candidate_too_slow_for_its_share_is_infeasible_by_arithmetic(tmp_path):
    study = planned_study(tmp_path, SLOW, timeout=60.0)
    budget = make_budget(study.settings, study.space, study_summary(study))
    candidates = [
        study.space.sample_random(seed, input_shape=(8, 8, 1), num_classes=10) for seed in range(30)
    ]
    wide = next(c for c in candidates if c.params["stages.filters"] == 2048)
    narrow = next(c for c in candidates if c.params["stages.filters"] == 8)

    budget.check(sample_of(narrow))
    with pytest.raises(
        InfeasibleArchitectureError, match=r"training on .* examples would take about .*; the plan allows"
    ) as error:
        budget.check(sample_of(wide))
    assert error.value.limit == TOO_LONG and error.value.violation > 0


def test_where_all_further_candidates_are_too_slow_the_best_so_far_is_trained_on(tmp_path):
    told, checks = [], count()
    driver = driver_of(planned_study(tmp_path, trials=None), ToyExecutor(by_number), told)

    def check(candidate):
        if next(checks) >= 2:
            raise InfeasibleArchitectureError("too slow", limit=TOO_LONG, violation=1.0)

    driver.budget.check = check
    driver.run()
    notes = [event.text for event in told if isinstance(event, Note)]
    assert sum("candidates in a row are too slow for the time limit" in note for note in notes) == 1
    trained = [record for record in driver.records if record.curve]
    assert len({record.trial.candidate_number for record in trained}) == 2
    assert trained[-1].trial.rung.is_last


def test_a_resumed_search_follows_the_plan_it_had_and_another_limit_makes_another(tmp_path):
    study = planned_study(tmp_path)
    summary, file = study_summary(study), study.path / "plan.json"
    first = make_budget(study.settings, study.space, summary, 0.0, study.records(), file).plan
    again = make_budget(study.settings, study.space, summary, 2.0, study.records(), file).plan
    longer = study.settings.model_copy(update={"timeout": 86_400.0})
    other = make_budget(longer, study.space, summary, 2.0, study.records(), file).plan

    assert again == first
    assert other.rungs[0] == first.rungs[0] and other.rungs[-1] > first.rungs[-1]


def test_one_long_training_has_all_the_cores_and_many_short_ones_may_share_them(tmp_path):
    study = planned_study(tmp_path, timeout=86_400.0, workers="auto")
    long = make_budget(study.settings, study.space, study_summary(study))
    short = make_budget(study.settings.model_copy(update={"timeout": 1.0}), study.space, study_summary(study))

    assert long.shared().workers == "auto"
    assert short.plan.largest_share > long.plan.largest_share
    assert (short.shared().workers == 1) == (short.plan.largest_share > budget_module.SHARED_UP_TO)


def test_the_sampler_ranks_more_examples_first(tmp_path):
    study = planned_study(tmp_path)
    records = searched(study, ToyExecutor(by_number))
    lower = next(r for r in records if r.state == TrialState.COMPLETE and not r.trial.rung.is_last)

    told = frozen_trial(lower, study.space, study.settings.objectives)
    assert told.state.name == "PRUNED"
    assert told.intermediate_values == {lower.trial.fidelity.examples: lower.value}


def test_the_expected_end_of_each_running_trial_is_reported(tmp_path):
    told = []
    searched(planned_study(tmp_path), ToyExecutor(by_number, is_slow_to_tell=True), told)

    expected = [event.left for event in told if isinstance(event, Tick) and event.left]
    assert expected and all(seconds >= 0 for left in expected for seconds in left.values())


def test_a_plan_can_be_had_without_a_study(tmp_path):
    settings = checked_settings({"space": "plain", "data": "digits", "timeout": 60})
    plan = plan_search(settings, tmp_path / "runs", "digits")

    assert plan.training == 1079 and plan.seconds < 60
    assert not list((tmp_path / "runs").glob("*/study.yaml"))


def test_where_nothing_is_to_be_planned_that_is_an_error(tmp_path):
    settings = checked_settings({"space": "plain", "data": "digits", "trials": 3})
    with pytest.raises(SettingsError, match=r"^--plan: this search has no plan, because its trials"):
        plan_search(settings, tmp_path, "digits")


def test_records_keep_rung_and_fidelity(tmp_path):
    study = planned_study(tmp_path)
    searched(study, ToyExecutor(by_number))

    again = Records(study.path / "trials").load()
    assert all(isinstance(record.trial.fidelity, Fidelity) for record in again if record.curve)
