import numpy as np
import pytest

from cnnsearch.errors import StudyError
from cnnsearch.report.compare import compare
from cnnsearch.report.comparison_page import COLUMNS, progress_figure, row_cells, write_comparison
from cnnsearch.search.launch import create_study
from cnnsearch.study.folder import find_study
from cnnsearch.study.settings import checked_settings
from cnnsearch.study.storage import METRICS, write_json
from cnnsearch.tasks.regression.details import ColumnFigures, RegressionDetails
from cnnsearch.tasks.scores import Score
from tests.bundle.figures import finalist, made_up
from tests.report.bundled import study_of_shape
from tests.studies import add_trial, every_state, make_study


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """`one` reaches 0.58 with its last trial and `two` with a trial in each state; `none` has no trial."""
    folder = tmp_path_factory.mktemp("runs")
    one = make_study(folder / "one")
    for number in range(3):
        add_trial(one, number)
    every_state(make_study(folder / "two", sampler="random"))
    make_study(folder / "none")
    return folder


def studies(runs, *names):
    return [find_study(name, runs) for name in names]


def test_each_study_has_its_best_and_its_cost(runs):
    one, two = compare(studies(runs, "one", "two")).rows
    assert (one.best_trial, one.trials) == (2, 3) and one.best == pytest.approx(0.5 + 0.2 / 3 + 0.03)
    assert (two.best_trial, two.trials, two.sampler) == (4, 4, "random")
    assert one.seconds_a_trial == pytest.approx(50)


def test_the_threshold_is_what_the_worst_study_reached(runs):
    comparison = compare(studies(runs, "one", "two"))
    assert comparison.threshold == min(row.best for row in comparison.rows)
    assert [(row.to_reach, row.trials_to_reach) for row in comparison.rows] == [(250.0, 3), (450.0, 3)]


def test_a_study_without_trials_has_reached_nothing(runs):
    comparison = compare(studies(runs, "one", "none"))
    assert comparison.threshold is None
    assert comparison.rows[1].best is None and comparison.rows[0].to_reach is None


def test_different_data_are_one_clear_error(runs, tmp_path):
    other = study_of_shape(tmp_path, (8, 8, 1))
    with pytest.raises(StudyError, match=r"^one and some have different data: found digits .* and some "):
        compare([*studies(runs, "one"), other])


def test_different_objectives_are_refused(runs, tmp_path):
    other = make_study(tmp_path / "other", objective="validation_loss")
    with pytest.raises(StudyError, match="found validation_accuracy and validation_loss; expected the same"):
        compare([*studies(runs, "one"), other])


def test_a_study_is_not_compared_with_itself(runs):
    with pytest.raises(StudyError, match="one: given twice"):
        compare(studies(runs, "one", "one"))


def study_of_ages(folder, name):
    """A study of a regression without trials, and a bundle's figures."""
    if not (folder / "ages.npz").exists():
        draws = np.random.default_rng(0)
        np.savez(folder / "ages.npz", x=draws.random((40, 8, 8, 1)), y=draws.normal(50.0, 20.0, 40))
    settings = checked_settings({"space": "plain", "data": str(folder / "ages.npz")})
    study = create_study(settings, folder / "runs", name, folder / "ages.npz")
    figures = {"mae": Score.of_network(4.25), "r2": Score.of_network(0.8), "loss": Score.of_network(0.1)}
    column = ColumnFigures(mae=4.25, rmse=6.0, r2=0.8, bias=0.0)
    known = {"test": figures, "details": RegressionDetails(per_column={"target": column})}
    metrics = made_up(validation=figures, finalists=(finalist(**known),), **known)
    study.best.mkdir()
    write_json(study.best / METRICS, metrics.model_dump(mode="json"))
    return study


def test_the_test_score_is_the_main_metric_of_the_task(tmp_path):
    comparison = compare([study_of_ages(tmp_path, "one"), study_of_ages(tmp_path, "two")])
    assert comparison.main.name == "mae" and comparison.rows[0].test == 4.25
    assert row_cells(comparison.rows[0], comparison)[COLUMNS.index("test")] == "4.25"
    assert comparison.as_dict()["metric"] == "mae"
    write_comparison(comparison, tmp_path / "page.html")


def test_the_page_has_every_study_s_progress(runs, tmp_path):
    comparison = compare(studies(runs, "one", "two"))
    write_comparison(comparison, tmp_path / "page.html")
    assert "2 studies on digits" in (tmp_path / "page.html").read_text()
    assert [mark.name for mark in progress_figure(comparison).charts[0].marks] == ["one", "two"]


def test_progress_never_falls(runs):
    for chart in progress_figure(compare(studies(runs, "one", "two"))).charts:
        assert all((np.diff(mark.y) >= 0).all() and (np.diff(mark.x) >= 0).all() for mark in chart.marks)
