import pytest

from cnnsearch.errors import SearchError
from cnnsearch.search.executors import Died
from cnnsearch.search.proposals import trial_seed
from cnnsearch.study.events import Note
from cnnsearch.study.records import TrialState
from tests.search.toys import ENDLESS, FINITE, TOO_LARGE, ToyExecutor, driver_of, toy_study
from tests.space.helpers import text_of

FITTING = text_of(
    "stages: {filters: [4, 8], repeat: {low: 1, high: 9}, blocks: conv, downsample: max_pool}",
    rest="""
    baselines:
      short: {stages.repeat: 1}
      deep: {stages.repeat: 9}
      open: {stages.filters: 8}
    """,
)


def proposals_of(study):
    return driver_of(study, ToyExecutor()).proposals


def test_a_trials_seed_follows_from_the_studys_and_its_number():
    seeds = [trial_seed(seed, number) for seed in (0, 1) for number in range(100)]
    assert len(set(seeds)) == 200
    assert trial_seed(7, 3) == trial_seed(7, 3) == 92811707


def test_numbers_continue_from_the_records(tmp_path):
    driver = driver_of(toy_study(tmp_path), ToyExecutor())
    trial = driver.proposals.next(0.0)
    assert trial.number == 0
    driver.records.begin(trial)
    assert driver.proposals.next(0.0).number == 1


def test_baselines_come_first_and_those_that_do_not_fit_are_left_out_with_the_reason(tmp_path):
    proposals = proposals_of(toy_study(tmp_path, FITTING, baselines="all"))
    first, second = proposals.next(0.0), proposals.next(0.0)
    assert (first.baseline, second.baseline) == ("short", "open")
    assert list(proposals.unfit) == ["deep"]
    assert "max_pool" in proposals.unfit["deep"] or "pool" in proposals.unfit["deep"]


def test_a_baseline_that_was_tried_is_not_tried_again(tmp_path):
    study = toy_study(tmp_path, FITTING, baselines="all", trials=1)
    driver_of(study, ToyExecutor()).run()
    assert proposals_of(study).next(0.0).baseline == "open"


def test_a_proposal_can_be_built_and_has_counts(tmp_path):
    trial = proposals_of(toy_study(tmp_path)).next(5.0)
    assert trial.counts["weights"] > 0
    assert trial.counts["macs"] > 0
    assert trial.started == 5.0


def test_infeasible_candidates_are_recorded_with_their_reason_and_drawn_again(tmp_path):
    study = toy_study(
        tmp_path, ENDLESS.replace("[4, 8]", "[4, 400]") + "constraints: {max_weights: 1000}\n", trials=6
    )
    driver_of(study, ToyExecutor()).run()
    infeasible = [r for r in study.records() if r.state == TrialState.INFEASIBLE]
    assert infeasible
    assert all(r.params["stages.filters"] == 400 for r in infeasible)
    assert all("max_weights" in r.result.limit and r.result.violation > 0 for r in infeasible)
    assert study.records().counts()["complete"] == 6


def test_too_many_infeasible_ones_in_a_row_end_the_search_and_name_the_limit(tmp_path):
    study = toy_study(tmp_path, TOO_LARGE)
    with pytest.raises(SearchError) as caught:
        driver_of(study, ToyExecutor()).run()
    reason = "200 infeasible candidates in a row, 200 of them because of: max_weights"
    assert str(caught.value).startswith(reason)
    assert study.records().counts()["infeasible"] == 200


def test_a_candidate_is_infeasible_if_a_smaller_one_ran_out_of_memory(tmp_path):
    study = toy_study(tmp_path, trials=8)
    executor = ToyExecutor(deaths={0: [Died((0,), "the worker ran out of memory", "memory")]})
    driver_of(study, executor).run()
    records = study.records()
    limit = records[0].trial.counts["memory"]
    trained = [r.trial.counts["memory"] for r in records if r.state == TrialState.COMPLETE]
    assert len(trained) == 8 and max(trained) < limit


def test_limits_of_the_command_line_take_the_place_of_the_spaces(tmp_path):
    space = text_of("stages: {filters: [4, 400], blocks: conv}", rest="constraints: {max_weights: 1000}\n")
    study = toy_study(tmp_path, space, trials=8, max_weights=10**9)
    driver_of(study, ToyExecutor()).run()
    assert study.records().counts()["infeasible"] == 0


def test_a_candidate_trained_before_gets_that_result_with_a_reason(tmp_path):
    study = toy_study(tmp_path, FINITE, trials=7)
    executor = ToyExecutor(lambda trial, epoch: trial / 100)
    driver_of(study, executor).run()
    again = [record for record in study.records() if record.is_reused]
    assert again and len(executor.submitted) == 7
    for record in again:
        twin = study.records()[record.result.reused]
        assert record.value == twin.value and record.params == twin.params and not record.can_be_best
        assert record.reason == f"the same network and training as trial {twin.number}"


def test_a_space_without_new_candidates_ends_the_search_with_a_note(tmp_path):
    told = []
    study = toy_study(tmp_path, FINITE, trials=100)
    executor = ToyExecutor()
    driver_of(study, executor, told).run()
    assert len(executor.submitted) == 8
    assert Note("the last 50 candidates have all been trained before") in told
