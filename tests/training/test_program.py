"""Reused programs: nothing is traced twice, and no state of the last trial remains."""

import keras
import numpy as np
import pytest

from cnnsearch.plan.training_plan import Adam, Cosine, OneCycle, Sgd, TrainingPlan
from cnnsearch.training.fidelity import Fidelity
from cnnsearch.training.program import Programs
from cnnsearch.training.protocol import Verdict
from tests.training.jobs import make_job, run_alone, store_data
from tests.training.networks import TASK

EXAMPLES = 60
Y = np.zeros(EXAMPLES, np.int64)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return store_data(tmp_path_factory.mktemp("data"))


def curve_of(job, programs):
    """Return a trial's metrics by epoch."""
    metrics = []

    def judge(report):
        metrics.append(report.metrics)
        return Verdict(trial=report.trial, decision="continue")

    run_alone(job, "float32", judge, programs)
    return metrics


def plan(rate=0.01, optimizer=Adam, **others):
    return TrainingPlan(**{"batch_size": 16, "optimizer": optimizer(learning_rate=rate)} | others)


def programs_of(*jobs):
    """Return the programs of jobs of one member, one after another."""
    programs, taken = Programs(), []
    for job in jobs:
        (member,) = job.members
        training = TASK.training(member.plan, Y, job.class_weights, ())
        taken.append(programs.take(job, member, TASK, training, EXAMPLES, "float32"))
        programs.keep(taken[-1])
    return taken


@pytest.mark.parametrize("optimizer", [Adam, Sgd])
def test_a_trial_after_a_similar_one_is_the_same_as_in_a_new_process(data, tmp_path, optimizer):
    job = make_job(data, tmp_path / "second", seed=5, plan=plan(0.02, optimizer), epochs=2)
    fresh, programs = curve_of(job, Programs()), Programs()
    curve_of(make_job(data, tmp_path / "first", plan=plan(0.05, optimizer), epochs=2), programs)
    again = make_job(data, tmp_path / "again", seed=5, plan=plan(0.02, optimizer), epochs=2)
    assert curve_of(again, programs) == fresh


def test_a_program_whose_schedule_was_stretched_is_not_used_again(data, tmp_path):
    fidelity = Fidelity(rounds=4, round_examples=16, subset=54, validation=18, checked=18)
    settings = {"plan": plan(schedule=OneCycle()), "epochs": 4, "fidelity": fidelity}
    job = make_job(data, tmp_path / "first", **settings)
    programs = Programs()

    def judge(report):
        longer = fidelity.resized(5, done=1) if report.epoch == 1 else None
        return Verdict(trial=report.trial, decision="continue", fidelity=longer)

    run_alone(job, "float32", judge, programs)
    again, fresh = (make_job(data, tmp_path / name, **settings) for name in ("again", "fresh"))
    assert curve_of(again, programs) == curve_of(fresh, Programs())


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"plan": plan(0.5)}, {"plan": plan(batch_size=8)}, {"plan": plan(label_smoothing=0.1)}],
    ids=["seed", "learning rate", "batch size", "label smoothing"],
)
def test_settings_outside_the_program_reuse_it(data, tmp_path, change):
    first, second = programs_of(
        make_job(data, tmp_path, plan=plan()), make_job(data, tmp_path, **{"plan": plan(), **change})
    )
    assert second is first


@pytest.mark.parametrize(
    "change",
    [
        {"plan": plan(optimizer=Sgd)},
        {"plan": plan(schedule=Cosine())},
        {"plan": plan(loss="mae")},
        {"class_weights": "balanced"},
    ],
    ids=["optimizer", "schedule", "loss", "class weights"],
)
def test_settings_of_the_program_require_another_one(data, tmp_path, change):
    first, second = programs_of(
        make_job(data, tmp_path, plan=plan()), make_job(data, tmp_path, **{"plan": plan(), **change})
    )
    assert second is not first


def test_a_schedule_that_changes_the_rate_holds_for_its_own_rate_alone(data, tmp_path):
    slow, fast = (plan(rate, schedule=Cosine()) for rate in (0.01, 0.02))
    first, second = programs_of(make_job(data, tmp_path, plan=slow), make_job(data, tmp_path, plan=fast))
    assert second is not first


def test_a_similar_network_is_not_traced_again(data, tmp_path, monkeypatch):
    built = []
    made = keras.Model.make_train_function

    def making(model, force=False):
        built.append(model.train_function is None)
        return made(model, force)

    monkeypatch.setattr(keras.Model, "make_train_function", making)
    programs = Programs()
    for seed in range(3):
        curve_of(make_job(data, tmp_path / str(seed), seed=seed, plan=plan(), epochs=1), programs)
    assert built == [True, False, False]


def test_a_program_in_use_is_not_given_to_another_member(data, tmp_path):
    programs, job = Programs(), make_job(data, tmp_path, plan=plan())
    training = TASK.training(plan(), Y, "none", ())
    first, second = (programs.take(job, job.members[0], TASK, training, EXAMPLES, "float32") for _ in "ab")
    assert second is not first
