import json

import pytest

from cnnsearch.errors import StudyError
from cnnsearch.study.records import (
    TIME_LIMIT,
    EpochRecord,
    Records,
    Result,
    TrialRecord,
    TrialState,
    best_first,
)
from tests.studies import add_epoch, begin, end


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "trials")


def result(state=TrialState.COMPLETE, value=0.5, reason=""):
    return Result(state=state, ended=2e9, value=value, reason=reason)


def record_of(records, number, outcome, weights=100):
    trial = begin(records, number)
    return TrialRecord(trial=trial.model_copy(update={"counts": {"weights": weights}}), result=outcome)


def test_records_are_read_back_equal(records):
    begin(records, 3, baseline="small")
    add_epoch(records, 3, 1)
    add_epoch(records, 3, 2)
    end(records, 3, TrialState.PRUNED, "rank 3 of 6")
    assert list(Records(records.folder).load()) == list(records)


def test_a_trial_without_a_result_is_running(records):
    begin(records, 0)
    assert records[0].state == TrialState.RUNNING
    assert records[0].value is None


def test_an_epoch_that_is_trained_again_replaces_the_old_one_and_those_after_it(records):
    begin(records, 0)
    for epoch in (1, 2, 3):
        add_epoch(records, 0, epoch)
    again = EpochRecord(epoch=2, time=5.0, metrics={"validation_accuracy": 0.9})
    records.add_epoch(0, again)
    assert [epoch.epoch for epoch in records[0].curve] == [1, 2]
    assert Records(records.folder).load()[0].curve[1] == again


def test_epochs_are_of_a_fold_and_a_later_fold_leaves_the_earlier_ones_as_they_are(records):
    begin(records, 0)
    for fold, epoch in [(0, 1), (0, 2), (1, 1), (1, 2), (1, 1)]:
        records.add_epoch(0, EpochRecord(fold=fold, epoch=epoch, time=1.0, metrics={}))
    assert [(epoch.fold, epoch.epoch) for epoch in records[0].curve] == [(0, 1), (0, 2), (1, 1)]


def test_a_curve_from_before_there_were_folds_is_read(records):
    begin(records, 0)
    add_epoch(records, 0, 1)
    file = records.trial_folder(0) / "curve.json"
    [epoch] = json.loads(file.read_text())
    del epoch["fold"]
    file.write_text(json.dumps([epoch]))
    assert Records(records.folder).load()[0] == records[0]


def test_a_reload_reads_records_of_another_process(records):
    begin(records, 0)
    reader = Records(records.folder).load()
    add_epoch(records, 0, 1)
    assert len(reader[0].curve) == 0
    assert reader.reload(0) == records[0]
    assert reader[0] == records[0]


def test_a_folder_without_its_candidate_was_never_a_trial(records):
    (records.folder / "0000").mkdir(parents=True)
    assert len(records.load()) == 0
    assert records.reload(0) is None


def test_trials_come_in_the_order_of_their_numbers(records):
    for number in (10_000, 2, 10):
        begin(records, number)
    assert [record.number for record in Records(records.folder).load()] == [2, 10, 10_000]


def test_every_state_is_counted_also_those_that_no_trial_is_in(records):
    begin(records, 0)
    begin(records, 1)
    end(records, 1, TrialState.INFEASIBLE)
    assert records.counts() == {"running": 1, "complete": 0, "pruned": 0, "infeasible": 1, "failed": 0}


def test_the_best_value_comes_first_in_either_direction(records):
    some = [record_of(records, n, result(value=value)) for n, value in enumerate((0.2, 0.9, 0.5))]
    assert [r.number for r in best_first(some, "maximize")] == [1, 2, 0]
    assert [r.number for r in best_first(some, "minimize")] == [0, 2, 1]


def test_of_equals_the_lower_validation_loss_comes_first(records):
    losses = (0.3, 0.1, 0.2)
    ended = [result().model_copy(update={"metrics": {"validation_loss": loss}}) for loss in losses]
    some = [record_of(records, number, outcome) for number, outcome in enumerate(ended)]
    assert [r.number for r in best_first(some, "maximize")] == [1, 2, 0]


def test_of_equals_the_smaller_network_then_the_earlier_comes_first(records):
    sizes = (300, 100, 100)
    some = [record_of(records, n, result(), weights) for n, weights in enumerate(sizes)]
    assert [r.number for r in best_first(some, "maximize")] == [1, 2, 0]


def test_only_trials_trained_as_far_as_they_were_meant_to_be_can_be_the_best(records):
    outcomes = [
        result(TrialState.PRUNED, 0.9, "rank 3 of 6"),
        result(TrialState.PRUNED, 0.8, TIME_LIMIT),
        result(TrialState.FAILED, None, "out of memory"),
        None,
        result(TrialState.COMPLETE, 0.1),
    ]
    some = [record_of(records, number, outcome) for number, outcome in enumerate(outcomes)]
    assert [r.number for r in best_first(some, "maximize")] == [1, 4]


@pytest.mark.parametrize("file", ["candidate.json", "curve.json", "result.json"])
@pytest.mark.parametrize("damage", ["", "{", '{"state": 1}', "[[]]"])
def test_a_damaged_file_is_named(records, file, damage):
    begin(records, 0)
    add_epoch(records, 0, 1)
    end(records, 0, TrialState.COMPLETE)
    path = records.trial_folder(0) / file
    path.write_text(damage)
    with pytest.raises(StudyError) as caught:
        Records(records.folder).load()
    assert str(caught.value).startswith(f"{path}: is damaged or was edited (")


def test_nothing_but_the_record_is_left_in_a_trials_folder(records):
    begin(records, 0)
    add_epoch(records, 0, 1)
    assert sorted(path.name for path in records.trial_folder(0).iterdir()) == ["candidate.json", "curve.json"]
