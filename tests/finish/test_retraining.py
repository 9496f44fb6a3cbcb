"""Retraining of finalists, with an executor that trains nothing."""

import time

import numpy as np
import pytest

from cnnsearch.data import open_stored
from cnnsearch.finish.retraining import Retrainer, refit_job, retraining_job
from cnnsearch.search.executors import Died
from cnnsearch.search.finish_plan import ChosenChampion
from cnnsearch.search.interruption import Interruption
from cnnsearch.study.events import FinalistChanged, Note
from cnnsearch.study.finalists import Finalists, retraining_seed
from cnnsearch.study.log import finalist_line
from tests.search.toys import FULL_DISK, ToyExecutor
from tests.studies import EPOCHS, add_trial, make_study

TRIALS, SEEDS = (1, 0), 2


@pytest.fixture
def study(tmp_path):
    study = make_study(tmp_path / "runs" / "mine", class_weights="balanced")
    for trial in TRIALS:
        add_trial(study, trial)
    return study


def jobs_of(study):
    records = study.records()
    return [
        retraining_job(study, records[trial], retraining_seed(0, trial, number))
        for number in range(SEEDS)
        for trial in TRIALS
    ]


def retrain(study, executor, *, watchers=(), interruption=None, deadline=float("inf")):
    executor.study = study.path
    Retrainer(study, executor, list(watchers), interruption or Interruption(), deadline).run(jobs_of(study))
    return Finalists(study).all()


def accuracy(job, epoch):
    return 0.5 + job / 10 + epoch / 100


def test_every_finalist_is_trained_from_every_seed(study):
    found = retrain(study, ToyExecutor(accuracy))
    assert sorted((r.begun.trial, r.begun.seed) for r in found) == sorted(
        (job.record.number, job.seed) for job in jobs_of(study)
    )
    assert all(r.is_complete and len(r.curve) == EPOCHS for r in found)


def test_a_training_is_its_trial_s_but_for_the_seed(study):
    executor, jobs = ToyExecutor(accuracy), {}
    submit = executor.submit
    executor.submit = lambda job: (jobs.update({job.trials[0]: job}), submit(job))
    retrain(study, executor)
    trial, member = study.records()[1].trial, jobs[0].members[0]
    assert member.candidate == trial.candidate and member.epochs == EPOCHS
    assert (member.seed, jobs[0].class_weights) == (retraining_seed(0, 1, 0), "balanced")


def test_the_result_is_recorded_with_its_best_epoch(study):
    [found] = Finalists(study).of(1, 1) or [retrain(study, ToyExecutor(accuracy))[2]]
    assert (found.result.value, found.result.best_epoch) == (
        found.curve[-1].metrics["validation_accuracy"],
        EPOCHS,
    )


def test_a_failed_training_is_recorded_and_the_others_go_on(study):
    harm = {"failures": {0: "no memory"}, "deaths": {1: [Died((1,), "killed")]}}
    found = retrain(study, ToyExecutor(accuracy, **harm))
    reasons = [r.result.reason for r in found if not r.is_complete]
    assert sorted(reasons) == ["killed", "no memory"] and len(found) == 4


def test_a_full_disk_is_no_failure_of_the_training(study):
    with pytest.raises(OSError, match="No space left"):
        retrain(study, ToyExecutor(accuracy, failures={1: FULL_DISK}))
    assert sorted(r.result is None for r in Finalists(study).all()) == [False, True]
    assert len(retrain(study, ToyExecutor(accuracy))) == 4


def test_what_is_done_is_not_done_again(study):
    retrain(study, ToyExecutor(accuracy))
    executor = ToyExecutor(accuracy)
    retrain(study, executor)
    assert executor.submitted == []


def test_ctrl_c_pauses_the_running_training_which_resumes_later(study):
    interruption, executor = Interruption(), ToyExecutor(accuracy)
    found = retrain(study, executor, watchers=[lambda _: interruption.add()], interruption=interruption)
    assert [len(r.curve) for r in found] == [1] and found[0].result is None
    assert executor.closings == [True]
    assert len(retrain(study, ToyExecutor(accuracy))) == 4


def test_after_the_deadline_no_other_training_begins(study):
    told = []
    found = retrain(study, ToyExecutor(accuracy), watchers=[told.append], deadline=time.monotonic())
    assert found == []
    assert told == [Note("skipping 4 of the retrainings: their time is used up")]


def test_what_runs_at_the_deadline_is_trained_to_its_end(study):
    executor = ToyExecutor(accuracy, free=2, is_slow_to_tell=True)
    executor.study = study.path
    retrainer = Retrainer(study, executor, [], Interruption())

    def reach_the_deadline(event):
        if isinstance(event, FinalistChanged) and event.retraining.result is not None:
            retrainer.deadline = time.monotonic()

    retrainer.watchers = [reach_the_deadline]
    retrainer.run(jobs_of(study))
    assert [r.is_complete for r in Finalists(study).all()] == [True, True]


def test_watchers_receive_every_epoch(study):
    told = []
    retrain(study, ToyExecutor(accuracy), watchers=[told.append])
    lines = [finalist_line(event.retraining) for event in told if isinstance(event, FinalistChanged)]
    seed = retraining_seed(0, 1, 0)
    assert lines[0] == f"trial 1 again, seed {seed}: begins"
    assert lines[1].startswith(f"trial 1 again, seed {seed} epoch 1: validation_accuracy 0.51")
    assert lines[EPOCHS + 1] == f"trial 1 again, seed {seed}: complete 0.5300 after 3 epochs"


def test_a_refit_sees_train_and_validation_and_watches_neither(study):
    job = refit_job(study, ChosenChampion(trial=1, epochs=2, rule="the best"))
    data, joined = open_stored(study.data_folder), open_stored(job.data)
    assert len(joined.train) == len(data.train) + len(data.validation)
    assert np.array_equal(joined.train.x[-len(data.validation) :], data.validation.x)
    assert (job.metric, job.epochs, job.candidate.training.early_stopping) == ("loss", 2, None)
    assert list((job.data / "sealed").glob("*")) == []


def test_the_compiled_engine_trains_a_finalist_from_all_seeds_at_once(tmp_path):
    study = make_study(tmp_path / "runs" / "mine", engine="compiled")
    for trial in TRIALS:
        add_trial(study, trial)
    executor = ToyExecutor(accuracy, is_grouped=True)
    assert len(retrain(study, executor)) == 4
    assert executor.groups == [(0, 1), (2, 3)]


def test_the_members_of_a_lost_group_are_each_trained_again_alone(tmp_path):
    study = make_study(tmp_path / "runs" / "mine", engine="compiled")
    for trial in TRIALS:
        add_trial(study, trial)
    executor = ToyExecutor(accuracy, hanging=(0,), deaths={1: [Died((0, 1), "killed")]})
    found = retrain(study, executor)
    assert executor.groups == [(0, 1), (2, 3), (4,), (5,)]
    assert [r.is_complete for r in found] == [True] * 4
