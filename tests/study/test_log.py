import pytest

from cnnsearch.study.events import Note, TrialChanged
from cnnsearch.study.log import LogFile, line
from cnnsearch.study.records import Rung, TrialState
from cnnsearch.training.fidelity import Fidelity
from tests.studies import add_trial, make_study


def lines_of(path):
    """Return the log's lines without their times."""
    return [text[len("2026-01-01 00:00:00 ") :] for text in path.read_text().splitlines()]


def test_events_are_written_immediately_with_their_time(tmp_path):
    path = tmp_path / "log.txt"
    with LogFile(path) as log:
        log(Note("something"))
        assert lines_of(path) == ["something"]


def test_a_log_is_continued(tmp_path):
    path = tmp_path / "log.txt"
    for text in ("one", "two"):
        with LogFile(path) as log:
            log(Note(text))
    assert lines_of(path) == ["one", "two"]


def test_the_error_that_ended_the_search_is_written(tmp_path):
    path = tmp_path / "log.txt"
    with pytest.raises(ValueError, match="no such luck"), LogFile(path):
        raise ValueError("no such luck")
    assert lines_of(path) == ["ended by ValueError: no such luck"]


def test_a_trial_is_a_line_when_it_begins_and_after_each_epoch(tmp_path):
    study = make_study(tmp_path / "mine")
    begun = add_trial(study, 0, TrialState.RUNNING, epochs=0, baseline="small")[0]
    weights = f"{begun.trial.counts['weights']:,}"
    assert line(TrialChanged(begun)) == f"trial 0 begins (baseline small): {weights} weights"
    trained = add_trial(study, 1, TrialState.RUNNING, epochs=1)[1]
    assert line(TrialChanged(trained)) == (
        "trial 1 epoch 1: loss 0.44, accuracy 0.56, validation_loss 0.44, validation_accuracy 0.56, "
        "learning_rate 0.01"
    )


def test_an_epoch_of_a_later_fold_names_the_fold(tmp_path):
    records = add_trial(make_study(tmp_path / "mine"), 0, TrialState.RUNNING, epochs=1)
    again = records[0].curve[0].model_copy(update={"fold": 1})
    assert line(TrialChanged(records.add_epoch(0, again))).startswith("trial 0 fold 2 epoch 1: loss 0.49")


def test_a_trial_of_a_planned_search_names_its_examples(tmp_path):
    record = add_trial(make_study(tmp_path / "mine"), 4)[4]
    fidelity = Fidelity(rounds=3, round_examples=4_000, subset=10_000, validation=500, checked=500)
    rung = Rung(number=1, is_last=False, origin=2)
    trial = record.trial.model_copy(update={"fidelity": fidelity, "rung": rung})
    ended = record.model_copy(update={"trial": trial})
    begun = ended.model_copy(update={"result": None, "curve": ()})
    assert line(TrialChanged(ended)) == "trial 4 complete 0.6100 on 12,000 examples, trial 2's network"
    assert line(TrialChanged(begun)).endswith(" weights on 12,000 examples, trial 2's network")
