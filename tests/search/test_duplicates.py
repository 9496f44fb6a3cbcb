import pytest

from cnnsearch.search.duplicates import TrainedCandidates, identity
from cnnsearch.study.records import TIME_LIMIT, TrialState
from tests.space.helpers import space_with
from tests.studies import add_trial, begin, make_study


def candidate(architecture, **shape):
    space = space_with(architecture)
    return space.sample_random(0, **{"input_shape": (8, 8, 1), "num_classes": 3} | shape)


STAGE = "stages: {filters: 4, blocks: conv, downsample: max_pool}"


@pytest.mark.parametrize(
    "other",
    [
        "stages: {filters: 4, blocks: {sequence: [conv, max_pool]}}",
        "stages: {filters: 4, blocks: {sequence: [{name: a, conv: {kernel_size: 3}}, max_pool]}}",
        "stages: {sequence: [{filters: 4, blocks: conv}, {blocks: max_pool}]}",
        "stages: {filters: 4, blocks: {series: {blocks: {sequence: [conv, max_pool]}}}}",
    ],
)
def test_spellings_of_one_network_are_equal(other):
    assert identity(candidate(STAGE)) == identity(candidate(other))


@pytest.mark.parametrize(
    "other",
    [
        "stages: {filters: 5, blocks: conv, downsample: max_pool}",
        "stages: {filters: 4, blocks: conv, downsample: average_pool}",
        "stages: {filters: 4, blocks: conv, downsample: max_pool}\ninput: {scaling: symmetric}",
        "stages: {filters: 4, blocks: {sequence: [max_pool, conv]}}",
    ],
)
def test_other_networks_are_not(other):
    assert identity(candidate(STAGE)) != identity(candidate(other))


def test_other_training_makes_another_candidate():
    one = candidate(STAGE)
    other = one.model_copy(update={"training": one.training.model_copy(update={"batch_size": 7})})
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    ("state", "is_found"),
    [(TrialState.COMPLETE, True), (TrialState.PRUNED, True), (TrialState.FAILED, False)],
)
def test_only_results_that_stand_are_found(tmp_path, state, is_found):
    records = add_trial(make_study(tmp_path / "mine"), 0, state)
    trained = TrainedCandidates()
    trained.add(records)
    assert (trained.find(records[0].trial.candidate) == 0) == is_found


def test_what_the_time_limit_cut_short_may_be_trained_again(tmp_path):
    study = make_study(tmp_path / "mine")
    records = add_trial(study, 0, TrialState.PRUNED)
    records.end(0, records[0].result.model_copy(update={"reason": TIME_LIMIT}))
    trained = TrainedCandidates()
    trained.add(records)
    assert trained.find(records[0].trial.candidate) is None


def test_a_trial_under_way_is_no_result(tmp_path):
    records = make_study(tmp_path / "mine").records()
    trial = begin(records, 0)
    trained = TrainedCandidates()
    trained.add(records)
    assert trained.find(trial.candidate) is None
