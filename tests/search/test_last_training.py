"""The length of a running last training, which follows the time that is left."""

import pytest

from cnnsearch.search import clock as clock_module
from cnnsearch.search.budget import Budget
from cnnsearch.search.clock import Clock
from cnnsearch.search.planned_search import make_budget
from cnnsearch.study.events import Note
from cnnsearch.study.records import EpochRecord, Rung, Trial, TrialRecord
from cnnsearch.training.fidelity import Fidelity
from tests.search.planned import by_number, planned_study, searched, study_summary
from tests.search.toys import ToyExecutor

pytestmark = pytest.mark.usefixtures("unmeasured")


SIZE = Fidelity(rounds=10, round_examples=1_000, subset=1_000, validation=300, checked=300)


@pytest.fixture
def last_training(tmp_path):
    """Return a search's budget, and the record of a last training after some rounds of some seconds."""
    study = planned_study(tmp_path)
    budget = make_budget(study.settings, study.space, study_summary(study))
    candidate = study.space.sample_random(0, input_shape=(8, 8, 1), num_classes=10)

    def record(rounds, seconds, fidelity=SIZE, *, is_last=True):
        rung = Rung(number=budget.plan.top, is_last=is_last, origin=0)
        trial = Trial(number=0, seed=0, candidate=candidate, started=0.0, rung=rung, fidelity=fidelity)
        curve = [EpochRecord(epoch=n, time=n * seconds, metrics={}) for n in range(1, rounds + 1)]
        return TrialRecord(trial=trial, curve=tuple(curve))

    return budget, record


def test_a_last_training_slower_than_predicted_is_shortened_to_end_in_time(last_training):
    budget, record = last_training
    shorter = budget.resized(record(4, 8.0), remaining=30.0, grace=2.0)

    assert (shorter.rounds, shorter.first_rounds) == (4 + 3, 10)


def test_one_that_may_be_as_late_as_it_will_be_stays(last_training):
    budget, record = last_training
    assert budget.resized(record(4, 8.0), remaining=47.0, grace=2.0) is None


def test_with_no_time_left_at_all_it_has_one_round_to_end_its_schedule(last_training):
    budget, record = last_training
    assert budget.resized(record(4, 8.0), remaining=-1.0, grace=2.0).rounds == 5


@pytest.mark.parametrize(("rungs", "is_lengthened"), [((3_000, 10_000_000), True), ((100, 300), False)])
def test_one_faster_than_predicted_is_lengthened_where_the_time_is_enough_for_no_other(
    last_training, monkeypatch, rungs, is_lengthened
):
    budget, record = last_training
    plan = budget.plan.model_copy(update={"rungs": rungs})
    monkeypatch.setattr(Budget, "plan", property(lambda budget: plan))

    longer = budget.resized(record(4, 4.0), remaining=34.0, grace=2.0)
    assert (longer.rounds if longer else None) == (12 if is_lengthened else None)


@pytest.mark.parametrize(("seconds", "remaining"), [(1.0, 9.0), (40.0, 279.0)])
def test_little_time_to_spare_changes_nothing(last_training, seconds, remaining):
    budget, record = last_training
    assert budget.resized(record(4, seconds), remaining, grace=2.0) is None


def test_no_training_but_a_last_one_changes_its_length(last_training):
    budget, record = last_training
    assert budget.resized(record(4, 8.0, is_last=False), remaining=9.0, grace=2.0) is None


def test_rounds_that_are_trained_again_after_an_interruption_keep_the_length_they_had(last_training):
    budget, record = last_training
    resized = SIZE.resized(12, done=5)

    assert budget.resized(record(5, 8.0, resized), remaining=9.0, grace=2.0) is None
    assert budget.resized(record(6, 8.0, resized), remaining=9.0, grace=2.0).rounds == 7


def test_a_round_with_a_new_trace_does_not_measure_the_speed(last_training):
    budget, record = last_training
    resized = record(4, 1.0, SIZE.resized(9, done=3))
    slow = resized.curve[3].model_copy(update={"time": resized.curve[3].time + 30.0})

    found = resized.model_copy(update={"curve": (*resized.curve[:3], slow)})
    assert budget.resized(found, remaining=6.0, grace=2.0) is None


def test_the_time_of_an_interruption_does_not_measure_the_speed(last_training):
    budget, record = last_training
    interrupted = record(2, 8.0)
    later = interrupted.curve[1].model_copy(update={"epoch": 3, "time": 4_000.0})
    budget.costs.begin(0, 3_990.0, is_timed=False)

    found = interrupted.model_copy(update={"curve": (*interrupted.curve, later)})
    assert budget.costs.between_reports(found) == []
    assert budget.resized(found, remaining=60.0, grace=2.0) is None


@pytest.mark.parametrize("is_timed", [True, False])
def test_only_a_running_worker_measures_the_start_of_a_training(last_training, is_timed):
    budget, record = last_training
    known = record(1, 9.0)
    usual = budget.costs.start
    budget.costs.begin(0, 0.0, is_timed=is_timed)
    budget.costs.learn(known.trial, known.curve[0], 1e-4)

    assert (budget.costs.start != usual) == is_timed


def test_the_remaining_time_counts_from_the_last_report_or_the_resume(last_training):
    budget, record = last_training
    left = budget.costs.seconds_left(record(4, 8.0))
    assert budget.costs.seconds_to_come(record(4, 8.0), now=32.0 + 5.0) == pytest.approx(left - 5.0)

    budget.costs.begin(0, 5_000.0, is_timed=False)
    after = budget.costs.seconds_left(record(4, 8.0))
    assert budget.costs.seconds_to_come(record(4, 8.0), now=5_000.1) == pytest.approx(after - 0.1)


def test_time_reserved_later_for_the_finish_does_not_shorten_a_running_training(tmp_path, monkeypatch):
    study = planned_study(tmp_path, timeout=600.0, trials=None)
    budget = make_budget(study.settings, study.space, study_summary(study))
    clock, records = Clock(study, budget), study.records()
    candidate = study.space.sample_random(0, input_shape=(8, 8, 1), num_classes=10)
    records.begin(Trial(number=0, seed=0, candidate=candidate, started=0.0))
    clock.begin(0)
    monkeypatch.setattr(clock_module, "seconds_to_keep", lambda *_: 599.9)
    clock.keep_for_the_finish(records, 1)

    assert clock.left < 1.0 and clock.left_for(records[0]) > 500.0
    assert not clock.is_over(records[0])


def test_without_a_measured_round_the_length_stays(last_training):
    budget, record = last_training
    assert budget.resized(record(1, 8.0), remaining=0.5, grace=0.0) is None


def test_a_changed_length_of_a_last_training_is_recorded_and_logged(tmp_path, monkeypatch):
    def resized(budget, record, remaining, grace):
        fidelity, done = record.trial.fidelity, record.curve[-1].epoch
        is_first = record.trial.rung.is_last and not fidelity.earlier and done < fidelity.rounds
        return fidelity.resized(fidelity.rounds + 1, done) if is_first else None

    monkeypatch.setattr(Budget, "resized", resized)
    told = []
    records = searched(planned_study(tmp_path), ToyExecutor(by_number), told)

    changed = [record for record in records if record.curve and record.trial.fidelity.earlier]
    notes = [event.text for event in told if isinstance(event, Note) and "lengthened to" in event.text]
    assert len(notes) == len(changed) > 0
    assert all(len(record.curve) == record.trial.fidelity.first_rounds + 1 for record in changed)
