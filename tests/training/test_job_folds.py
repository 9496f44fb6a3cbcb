"""Jobs over folds: one network after another."""

import numpy as np
import pytest

from cnnsearch.data import open_stored
from cnnsearch.models.build import build_model
from cnnsearch.plan.training_plan import EarlyStopping, TrainingPlan
from cnnsearch.training.checkpoint import read_weights
from cnnsearch.training.folds import fold_splits
from tests.training.jobs import (
    ARCHITECTURE,
    Judge,
    files,
    make_job,
    places,
    run_alone,
    run_members,
    stopping_at,
    store_data,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return store_data(tmp_path_factory.mktemp("data"))


FOLDED = {"folds": 3, "epochs": 2}
EVERY_PLACE = [(fold, epoch) for fold in range(3) for epoch in (1, 2)]


@pytest.fixture(scope="module")
def folded(data, tmp_path_factory):
    """A complete trial over folds: its reports, its result and its folder."""
    judge, folder = Judge(), tmp_path_factory.mktemp("folded")
    result = run_alone(make_job(data, folder, **FOLDED), "float32", judge)
    return judge, result, folder


def test_folds_are_trained_one_after_another(folded):
    judge, result, folder = folded
    assert places(judge) == EVERY_PLACE
    assert [report.is_last for report in judge.reports] == [False, True] * 3
    assert (result.outcome, result.epochs) == ("complete", 2)
    assert files(folder) == ["weights.npz"]


def test_each_fold_has_other_examples_and_other_draws(folded):
    losses = [report.metrics["loss"] for report in folded[0].reports if report.epoch == 1]
    assert len(set(losses)) == 3


def test_the_weights_that_folds_leave_are_the_first_ones(data, folded):
    judge, _, folder = folded
    model = build_model(ARCHITECTURE)
    model.set_weights(read_weights(folder / "weights.npz"))

    _, held_out = fold_splits(open_stored(data), 3, 0)
    found = (model.predict(held_out.x, verbose=0).argmax(1) == held_out.y).mean()
    best = min(judge.curve[:2], key=lambda metrics: metrics["validation_loss"])
    assert found == pytest.approx(best["validation_accuracy"])


@pytest.mark.parametrize("place", [(0, 2), (1, 1)])
def test_paused_folds_resume_exactly(data, folded, tmp_path, place):
    first, rest = stopping_at(*place, "pause"), Judge()
    job = make_job(data, tmp_path, **FOLDED)
    assert run_alone(job, "float32", first).outcome == "paused"
    assert run_alone(job, "float32", rest).outcome == "complete"

    assert places(first) + places(rest) == EVERY_PLACE
    assert first.curve + rest.curve == folded[0].curve
    found, wanted = (read_weights(folder / "weights.npz") for folder in (tmp_path, folded[2]))
    np.testing.assert_equal(found, wanted)


class KilledError(Exception):
    """Stands in for SIGKILL, which the tests of the worker send."""


def test_a_kill_in_a_later_fold_leads_back_to_that_fold(data, folded, tmp_path):
    first, rest = Judge(), Judge()

    def killing(report):
        if (report.fold, report.epoch) == (1, 1):
            raise KilledError
        return first(report)

    job = make_job(data, tmp_path, **FOLDED)
    with pytest.raises(KilledError):
        run_alone(job, "float32", killing)
    run_alone(job, "float32", rest)

    assert first.curve + rest.curve == folded[0].curve


def test_a_stop_between_folds_ends_the_trial(data, tmp_path):
    judge = stopping_at(0, 2, "stop")
    result = run_alone(make_job(data, tmp_path, **FOLDED), "float32", judge)

    assert (result.outcome, places(judge)) == ("stopped", EVERY_PLACE[:2])
    assert files(tmp_path) == ["weights.npz"]


def test_early_stopping_ends_a_fold_and_not_the_trial(data, tmp_path):
    plan, judge = TrainingPlan(early_stopping=EarlyStopping(patience=1, min_delta=100.0)), Judge()
    result = run_alone(make_job(data, tmp_path, plan=plan, folds=2), "float32", judge)

    assert places(judge) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert [report.is_last for report in judge.reports] == [False, True] * 2
    assert (result.outcome, result.reason) == ("complete", "no better validation_loss for 1 epochs")


def test_members_go_through_the_folds_together(data, folded, tmp_path):
    job = make_job(data, tmp_path / "a", tmp_path / "b", **FOLDED)
    judges = [Judge(), stopping_at(0, 2, "stop")]
    results, counts = run_members(job, judges)

    assert [(result.trial, result.outcome) for result in results] == [(1, "stopped"), (0, "complete")]
    assert (places(judges[0]), counts) == (EVERY_PLACE, [2, 2, 1, 1, 1, 1])
    assert judges[0].curve == folded[0].curve
