"""Jobs with several members: each is trained as if it were alone."""

import numpy as np
import pytest

from cnnsearch.plan.training_plan import Sgd, TrainingPlan
from cnnsearch.training.checkpoint import read_weights
from tests.training.jobs import Judge, files, make_job, run_alone, run_members, store_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return store_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def alone(data, tmp_path_factory):
    """Two trials, each trained alone: their curves, and their weights."""
    curves, weights = [], []
    for trial in (0, 1):
        judge, folder = Judge(), tmp_path_factory.mktemp("alone")
        run_alone(make_job(data, folder, trial=trial, seed=trial), "float32", judge)
        curves.append(judge.curve)
        weights.append(read_weights(folder / "weights.npz"))
    return curves, weights


def test_each_member_is_trained_as_if_it_were_alone(data, alone, tmp_path):
    judges = [Judge(), Judge()]
    results, counts = run_members(make_job(data, tmp_path / "a", tmp_path / "b"), judges)

    assert [(result.trial, result.outcome, result.epochs) for result in results] == [
        (0, "complete", 4),
        (1, "complete", 4),
    ]
    assert counts == [2, 2, 2, 2]
    assert [judge.curve for judge in judges] == alone[0]
    for folder, weights in zip("ab", alone[1], strict=True):
        np.testing.assert_equal(read_weights(tmp_path / folder / "weights.npz"), weights)


def test_each_member_has_its_own_verdict(data, alone, tmp_path):
    judges = [Judge(epoch_3="pause"), Judge(epoch_1="stop")]
    results, counts = run_members(make_job(data, tmp_path / "a", tmp_path / "b"), judges)

    assert [(result.trial, result.outcome, result.epochs) for result in results] == [
        (1, "stopped", 1),
        (0, "paused", 3),
    ]
    assert counts == [2, 1, 1]
    assert judges[0].curve == alone[0][0][:3]
    assert (files(tmp_path / "a"), files(tmp_path / "b")) == (["checkpoint.npz"], ["weights.npz"])


def test_a_member_that_diverges_leaves_the_others_as_they_are(data, alone, tmp_path):
    job = make_job(data, tmp_path / "a", tmp_path / "b")
    wild = job.members[0].with_plan(TrainingPlan(batch_size=16, optimizer=Sgd(learning_rate=1e38)))
    judges = [Judge(), Judge()]
    results, _ = run_members(job.with_members([wild, job.members[1]]), judges)

    assert [(result.trial, result.outcome) for result in results] == [(0, "diverged"), (1, "complete")]
    assert judges[1].curve == alone[0][1]


def test_members_killed_at_different_epochs_resume_exactly(data, alone, tmp_path):
    job = make_job(data, tmp_path / "a", tmp_path / "b")
    first = [Judge(epoch_1="pause"), Judge(epoch_3="pause")]
    run_members(job, first)
    rest = [Judge(), Judge()]
    results, counts = run_members(job, rest)

    assert [result.trial for result in results] == [1, 0]
    assert counts == [2, 1, 1]
    assert [before.curve + after.curve for before, after in zip(first, rest, strict=True)] == alone[0]
