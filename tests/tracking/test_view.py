"""The saved view of an experiment, and the links to its page."""

import json

import pytest

from cnnsearch.tracking.view import merged, page_of, state_in, view_tag
from tests.studies import add_trial, make_study


@pytest.fixture
def state(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    return state_in(view_tag(study, add_trial(study, 0), ["the parent"]))


def test_the_page_of_a_study_shows_its_trials_sorted_by_the_objective_with_charts():
    assert page_of(["3"], "validation_accuracy", "maximize") == (
        "#/experiments/3/runs?workflowType=machine_learning&orderByKey=metrics.%60best_validation_accuracy%60"
        "&orderByAsc=false&compareRunsMode=CHART"
    )


def test_the_least_comes_first_where_less_is_better():
    page = page_of(["3"], "validation_loss", "minimize")
    assert "orderByKey=metrics.%60best_validation_loss%60&orderByAsc=true" in page


def test_several_studies_have_one_page():
    page = page_of(["12", "3"], "validation_accuracy", "maximize")
    assert page.startswith("#/compare-experiments/s?experiments=%5B%2212%22%2C%223%22%5D&workflowType=")


def test_the_columns_are_the_objective_the_sizes_the_state_and_the_sampled_values(state):
    columns = state["selectedColumns"]
    sizes = ["metrics.`best_validation_accuracy`", "metrics.`num_weights`", "metrics.`macs`"]
    assert columns[:4] == [*sizes, "tags.`cnnsearch.state`"]
    assert "params.`batch_size`" in columns and state["columnOrder"] == columns


def test_an_objective_that_is_to_be_small_is_sorted_from_the_smallest(tmp_path):
    study = make_study(tmp_path / "runs" / "some", objective="validation_loss")
    state = state_in(view_tag(study, add_trial(study, 0), []))
    assert state["orderByKey"] == "metrics.`best_validation_loss`" and state["orderByAsc"]


def test_what_is_not_a_curve_has_no_chart_of_its_own(state):
    charts = state["compareRunCharts"]
    left_out = {chart["metricKey"] for chart in charts if chart["deleted"]}
    assert {"best_epoch", "duration_seconds", "num_weights", "macs", "test_accuracy"} <= left_out
    curves = {chart["metricKey"] for chart in charts if chart["type"] == "LINE"}
    assert {"validation_accuracy", "validation_loss", "loss"} <= curves


def test_a_chart_of_sampled_values_has_those_that_every_candidate_has(state):
    axes = next(c for c in state["compareRunCharts"] if c["type"] == "PARALLEL")["selectedParams"]
    assert "activation" in axes
    assert "optimizer.adam.learning_rate" not in axes  # MLflow leaves out runs without a value


def test_a_view_does_not_change_while_trials_are_added(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    before = view_tag(study, add_trial(study, 0), ["the parent"])
    assert view_tag(study, add_trial(study, 1), ["the parent"]) == before


def test_a_view_is_a_saved_view_of_mlflow_short_enough_for_older_servers(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    tag = view_tag(study, add_trial(study, 0), ["the parent"])
    assert len(tag) < 5_000
    assert json.loads(tag).keys() == {"name", "createdAt", "updatedAt", "state"}


def test_the_study_s_own_run_is_in_no_chart(state):
    assert state["runsVisibilityMap"] == {"the parent": False}


def test_compared_studies_have_the_columns_of_all(state):
    other = {**state, "selectedColumns": ["params.`theirs`"], "runsVisibilityMap": {"another": False}}
    both = merged([state, other])
    assert both["selectedColumns"][0] == "attributes.`Experiment Name`"
    assert both["selectedColumns"][-1] == "params.`theirs`"
    assert both["runsVisibilityMap"] == {"the parent": False, "another": False}


def test_a_space_that_is_not_valid_any_more_has_the_columns_of_its_trials(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    records = add_trial(study, 0)
    (study.path / "space.yaml").write_text("version: [1\n")
    columns = state_in(view_tag(study, records, []))["selectedColumns"]
    assert "params.`activation`" in columns
