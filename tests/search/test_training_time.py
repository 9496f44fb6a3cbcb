import pytest

from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.search.proposals import MOST_TOO_LONG
from cnnsearch.search.training_time import TOO_LONG, TrainingTimeLimit, seconds_per_epoch
from cnnsearch.study.records import TrialState
from tests.search.toys import ToyExecutor, driver_of, toy_study
from tests.space.helpers import text_of
from tests.studies import EPOCHS, add_trial, make_study


def of_macs(macs: int) -> dict[str, int]:
    return {"macs": macs}


def trained(tmp_path, **settings):
    """Return a study with one trial of one second per epoch, and the MACs of the trial."""
    study = make_study(tmp_path / "mine", **settings)
    records = add_trial(study, 0)
    return study.settings, records, records[0].trial.counts["macs"]


def test_an_epochs_time_leaves_the_start_up_out(tmp_path):
    records = add_trial(make_study(tmp_path / "mine"), 0, started=-1000.0)
    assert seconds_per_epoch(records[0]) == 1.0


def test_the_first_epoch_counts_if_it_is_the_only_one(tmp_path):
    records = add_trial(make_study(tmp_path / "mine"), 0, TrialState.RUNNING, epochs=1)
    assert seconds_per_epoch(records[0]) == 1.0


def test_a_network_that_would_take_over_a_quarter_of_the_time_is_too_long(tmp_path):
    settings, records, macs = trained(tmp_path, timeout=40.0)
    TrainingTimeLimit(settings).check(of_macs(3 * macs), records)  # 3 epochs of 3 s
    with pytest.raises(InfeasibleArchitectureError) as caught:
        TrainingTimeLimit(settings).check(of_macs(4 * macs), records)
    assert str(caught.value) == "training would take about 12 s of the search's 40 s"
    assert caught.value.limit == TOO_LONG
    assert caught.value.violation == pytest.approx(0.2)


def test_twice_the_shortest_training_is_never_too_long(tmp_path):
    settings, records, macs = trained(tmp_path, timeout=1.0)
    TrainingTimeLimit(settings).check(of_macs(2 * macs), records)
    with pytest.raises(InfeasibleArchitectureError):
        TrainingTimeLimit(settings).check(of_macs(3 * macs), records)


def test_every_fold_takes_its_time(tmp_path):
    settings, records, macs = trained(tmp_path, timeout=40.0, folds=2)
    with pytest.raises(InfeasibleArchitectureError, match="training would take about 18 s"):
        TrainingTimeLimit(settings).check(of_macs(3 * macs), records)


def test_without_a_time_limit_nothing_is_too_long(tmp_path):
    settings, records, macs = trained(tmp_path, trials=9)
    TrainingTimeLimit(settings).check(of_macs(10**6 * macs), records)


@pytest.mark.parametrize("epochs", [0, 1])
def test_before_the_second_epoch_nothing_is_too_long(tmp_path, epochs):
    study = make_study(tmp_path / "mine", timeout=1.0)
    records = add_trial(study, 0, TrialState.RUNNING, epochs=epochs, started=-1000.0)
    TrainingTimeLimit(study.settings).check(of_macs(10**12), records)


def test_a_trial_of_one_epoch_counts_once_it_has_ended(tmp_path):
    study = make_study(tmp_path / "mine", timeout=1.0, epochs=1)
    records = add_trial(study, 0, epochs=1)
    with pytest.raises(InfeasibleArchitectureError):
        TrainingTimeLimit(study.settings).check(of_macs(10**12), records)


def test_of_many_that_are_too_long_one_is_tried_in_the_end(tmp_path):
    wide = text_of("stages: {filters: {low: 512, high: 1024}, blocks: {repeat: 3, conv: {kernel_size: 5}}}")
    study = toy_study(tmp_path, wide, timeout=EPOCHS)
    add_trial(study, 0)
    proposals = driver_of(study, ToyExecutor()).proposals
    assert proposals.next(0.0).number == 1 + MOST_TOO_LONG
    reasons = {record.result.limit for record in study.records() if record.number > 0}
    assert reasons == {TOO_LONG}
