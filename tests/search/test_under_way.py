"""Lines about trainings that take long: when they are written, and what they say."""

import pytest

from cnnsearch.search.under_way import SILENCE, PeriodicLines, UnderWay, clock
from cnnsearch.study.events import FinalistChanged, Note, Tick, TrialChanged
from cnnsearch.study.finalists import Retraining, RetrainingStart
from cnnsearch.study.records import EpochRecord, TrialState
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.protocol import Heartbeat
from tests.search.toys import ToyExecutor, driver_of, toy_study
from tests.studies import EPOCHS, add_trial, make_study

HALF = SILENCE / 2


class Hand:
    """A clock that is set by hand."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path / "mine", timeout=600.0)


@pytest.fixture
def written():
    return []


@pytest.fixture
def lines(study, written, hand):
    return PeriodicLines(study.settings, written.append, hand)


def running(study, number=0, epochs=2):
    return add_trial(study, number, TrialState.RUNNING, epochs=epochs)[number]


def retraining(epochs, result=None):
    begun = RetrainingStart(trial=3, seed=9, epochs=30, started=0.0)
    curve = [EpochRecord(epoch=n, time=n, metrics={"validation_accuracy": 0.5}) for n in range(1, epochs + 1)]
    return FinalistChanged(Retraining(begun=begun, curve=tuple(curve), result=result))


def test_a_trial_is_described_after_a_silence(study, lines, written, hand):
    lines(TrialChanged(running(study)))
    lines(Tick(61.0, {0: 30.0}))
    hand.seconds += SILENCE
    lines(Tick(62.0, {0: 29.0}))
    (found,) = written
    assert found.startswith(f"0:01:02 of 0:10:00; trial 0  epoch 2/{EPOCHS}  validation_accuracy 0.52")
    assert found.endswith("  about 0:00:29 left")


def test_the_next_line_comes_after_another_silence(study, lines, written, hand):
    lines(TrialChanged(running(study)))
    for _ in range(8):
        hand.seconds += HALF
        lines(Tick(1.0))
    assert len(written) == 4


def test_lines_about_other_trials_do_not_count(study, lines, written, hand):
    lines(TrialChanged(running(study)))
    hand.seconds += HALF
    lines(TrialChanged(running(study, number=1)))
    hand.seconds += HALF
    lines(Tick(1.0))
    (found,) = written
    assert "trial 0" in found and "trial 1" in found


def test_an_epoch_says_its_finished_share_and_the_expected_end(study, lines, written, hand):
    lines(TrialChanged(running(study, epochs=0)))
    hand.seconds += 60.0
    lines(Tick(60.0, shares={0: 0.25}))
    assert written == [
        f"0:01:00 of 0:10:00; trial 0  epoch 0/{EPOCHS} and 25% of the next  about 0:11:00 left"
    ]


def test_a_resumed_trial_is_expected_at_the_pace_since_then(study, hand):
    under_way = UnderWay(study.settings, [running(study, epochs=1)], hand)
    hand.seconds += 10.0
    under_way(Tick(500.0, shares={0: 0.5}))
    assert under_way.lines[0].endswith("about 0:00:30 left")


def test_before_the_first_step_no_end_is_expected(study, hand):
    under_way = UnderWay(study.settings, [running(study, epochs=0)], hand)
    hand.seconds += 10.0
    assert under_way.lines == [f"trial 0  epoch 0/{EPOCHS}"]


def test_a_planned_trial_counts_the_examples_of_its_current_round(study):
    record = running(study, epochs=1)
    fidelity = Fidelity(rounds=4, round_examples=1_000, subset=1_079, validation=359, checked=359)
    sized = record.model_copy(update={"trial": record.trial.model_copy(update={"fidelity": fidelity})})
    under_way = UnderWay(study.settings, [sized])
    under_way(Tick(1.0, {0: 75.0}, {0: 0.5}))
    assert under_way.lines[0].startswith("trial 0  1,500 of 4,000 examples  validation_accuracy")
    assert under_way.lines[0].endswith("about 0:01:15 left")


def test_a_trial_of_several_folds_says_its_fold(tmp_path):
    study = make_study(tmp_path / "folded", folds=3)
    assert (
        UnderWay(study.settings, [running(study)]).lines[0].startswith(f"trial 0  fold 1/3  epoch 2/{EPOCHS}")
    )


def test_a_retraining_is_described(lines, written, hand):
    lines(retraining(epochs=2))
    hand.seconds += SILENCE
    lines(retraining(epochs=3))
    lines(Tick(3.0, shares={9: 0.5}))
    (found,) = written
    assert "; trial 3 again, seed 9  epoch 3/30 and 50% of the next  validation_accuracy 0.5000" in found
    assert found.endswith(" left")


def test_a_step_without_trainings_is_named(lines, written, hand):
    lines(Note("choosing the champion"))
    lines(Tick(4.0))
    hand.seconds += SILENCE
    lines(Tick(5.0))
    assert written == ["0:00:05 of 0:10:00; choosing the champion"]


def test_an_ended_trial_is_not_described(study, lines, written, hand):
    lines(TrialChanged(running(study)))
    lines(TrialChanged(add_trial(study, 1)[1].model_copy(update={"trial": study.records()[0].trial})))
    hand.seconds += SILENCE
    lines(Tick(5.0))
    assert written == []


def test_a_log_that_has_a_line_for_each_epoch_needs_no_other(study, written, hand):
    lines = PeriodicLines(study.settings, written.append, hand, are_epochs_written=True)
    record = running(study)
    for _ in range(4):
        hand.seconds += HALF
        lines(TrialChanged(record))
        lines(Tick(1.0))
    assert written == []
    hand.seconds += SILENCE
    lines(Tick(1.0))
    assert len(written) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (59.9, "0:00:59"), (3661, "1:01:01"), (360_000, "100:00:00")]
)
def test_a_duration_is_written_with_hours(seconds, text):
    assert clock(seconds) == text


class BeatingExecutor(ToyExecutor):
    """Gives a heartbeat in the middle of each epoch."""

    def _train(self, number):
        self._events.append(Heartbeat(trial=number, share=0.5))
        super()._train(number)


def test_the_progress_within_an_epoch_is_reported(tmp_path):
    told = []
    driver_of(toy_study(tmp_path, trials=1), BeatingExecutor(is_slow_to_tell=True), told).run()
    ticks = [event.shares for event in told if isinstance(event, Tick)]
    assert ticks[:4] == [{0: 0.5}, {}, {0: 0.5}, {}]
