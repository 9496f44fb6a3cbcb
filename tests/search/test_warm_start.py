"""Searches that begin with recommended points, over an executor that trains nothing."""

import pytest

from cnnsearch.search.planned_search import make_budget
from cnnsearch.study.events import Note
from cnnsearch.study.warm_start import WarmStart, write_warm_start
from tests.search.planned import planned_study, study_summary
from tests.search.toys import ToyExecutor, driver_of, toy_study
from tests.space.helpers import text_of

SPACE = text_of(
    "stages: {filters: {low: 4, high: 64}, blocks: {conv: {kernel_size: [1, 3, 5]}}}",
    "optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}",
    rest="""
    baselines:
      small: {stages.filters: 5, stages.blocks.conv.kernel_size: 1}
    """,
)


def point(filters, **more):
    values = {"stages.filters": filters, "stages.blocks.conv.kernel_size": 3}
    return {**values, "optimizer.adam.learning_rate": 0.005, **more}


def warm_study(folder, points=8, *, with_baselines=False, **settings):
    """A study whose recommended points have 32, 33, 34 ... filters."""
    study = toy_study(folder, SPACE, baselines="all", trials=14, **settings)
    named = {f"recommended {n}": point(31 + n) for n in range(1, points + 1)}
    write_warm_start(study.path, WarmStart(points=named, text="from a test", with_baselines=with_baselines))
    return study


def origins(study):
    """How each trial came about, in order."""
    return [record.trial.baseline for record in study.records()]


def recommended(*numbers):
    return [f"recommended {number}" for number in numbers]


def test_recommended_points_come_first_and_then_alternate_with_the_sampler(tmp_path):
    study = warm_study(tmp_path)
    driver_of(study, ToyExecutor()).run()
    tried = origins(study)
    assert tried[:5] == recommended(1, 2, 3, 4, 5)
    assert tried[5:11] == ["", *recommended(6), "", *recommended(7), "", *recommended(8)]
    assert tried[11:] == [""] * 3
    assert [record.params["stages.filters"] for record in study.records()][:5] == [32, 33, 34, 35, 36]


@pytest.mark.parametrize("with_baselines", [False, True])
def test_the_baselines_come_after_them_if_they_are_tried_at_all(tmp_path, with_baselines):
    study = warm_study(tmp_path, points=2, with_baselines=with_baselines)
    driver_of(study, ToyExecutor()).run()
    assert origins(study)[:3] == [*recommended(1, 2), "small" if with_baselines else ""]
    assert ("small" in origins(study)) is with_baselines


def test_a_plan_counts_the_costs_of_recommended_networks(tmp_path):
    study = planned_study(tmp_path, SPACE)
    wide = {f"recommended {number}": point(64) for number in range(1, 31)}
    warm_start = WarmStart(points=wide, text="from a test", with_baselines=False)
    cold, warm = (
        make_budget(study.settings, study.space, study_summary(study), warm_start=start)
        for start in (None, warm_start)
    )
    assert warm.costs.of_space().typical > cold.costs.of_space().typical


def test_none_of_the_others_is_tried_once_points_of_the_sampler_are_better(tmp_path):
    study, told = warm_study(tmp_path), []
    bad = {0, 1, 2, 3, 4, 6}
    driver_of(study, ToyExecutor(lambda trial, epoch: 0.5 if trial in bad else 0.9), told=told).run()
    tried = origins(study)
    assert tried[:8] == [*recommended(1, 2, 3, 4, 5), "", *recommended(6), ""]
    assert "recommended 8" not in tried  # 7 was drawn while the last trial before it was trained
    notes = [happening.text for happening in told if isinstance(happening, Note)]
    (note,) = [text for text in notes if "without further recommended ones" in text]
    assert "the median of the 6 recommended networks is 0.5, that of 2 others 0.9" in note


def test_a_resumed_search_goes_on_in_the_same_order(tmp_path):
    whole = warm_study(tmp_path / "whole")
    driver_of(whole, ToyExecutor()).run()
    parts = warm_study(tmp_path / "parts")
    for trials in (3, 7, 14):
        again = parts.settings.model_copy(update={"trials": trials})
        parts.__dict__["settings"] = again
        driver_of(parts, ToyExecutor()).run()
    assert origins(parts) == origins(whole)
    assert [r.params for r in parts.records()] == [r.params for r in whole.records()]


def test_several_workers_try_each_point_once(tmp_path):
    study = warm_study(tmp_path, workers=3)
    driver_of(study, ToyExecutor(free=3)).run()
    tried = [name for name in origins(study) if name]
    assert sorted(tried) == recommended(*range(1, 9))


def test_a_point_that_the_space_does_not_have_is_not_tried(tmp_path):
    study = toy_study(tmp_path, SPACE, baselines="all", trials=4)
    points = {
        "recommended 1": point(32),
        "recommended 2": point(33, **{"stages.depth": 2}),
        "recommended 3": point(99),
        "recommended 4": point(34),
    }
    write_warm_start(study.path, WarmStart(points=points, text="from a test", with_baselines=False))
    driver_of(study, ToyExecutor()).run()
    assert origins(study) == [*recommended(1, 4), "", ""]


def test_a_point_beyond_a_limit_is_left_out_with_its_reason(tmp_path):
    study = warm_study(tmp_path, points=3, max_weights=700)
    proposals = driver_of(study, ToyExecutor()).proposals
    assert set(proposals.unfit) <= set(recommended(1, 2, 3))
    driver_of(study, ToyExecutor()).run()
    assert all(record.trial.counts["weights"] <= 700 for record in study.records() if record.curve)


def test_of_an_error_the_smaller_one_is_better(tmp_path):
    study, told = warm_study(tmp_path, objective="validation_loss"), []
    driver_of(study, ToyExecutor(lambda trial, epoch: 0.5), told=told).run()
    assert [name for name in origins(study) if name] == recommended(*range(1, 9))


def test_recommended_points_of_a_planned_search_are_trained_first(tmp_path):
    study = toy_study(tmp_path, SPACE, baselines="all", trials=6, timeout=600, epochs=None, pruner="asha")
    named = {f"recommended {n}": point(31 + n) for n in range(1, 9)}
    write_warm_start(study.path, WarmStart(points=named, text="from a test", with_baselines=False))
    driver_of(study, ToyExecutor(step_seconds=0.001)).run()
    new = [r.trial.baseline for r in study.records() if r.trial.candidate_number == r.number]
    assert new[: min(len(new), 5)] == recommended(*range(1, min(len(new), 5) + 1))
