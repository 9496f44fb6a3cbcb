import pytest

from cnnsearch.api import StudyResult, resume, row, search
from cnnsearch.errors import SearchError, SettingsError, SpaceError, StudyError
from cnnsearch.study.records import TrialState
from tests.studies import add_trial, every_state, make_study


def test_the_best_is_the_trial_that_came_furthest(tmp_path):
    assert StudyResult(every_state(make_study(tmp_path / "mine"))).best.number == 4


def test_without_a_trained_trial_there_is_no_best(tmp_path):
    study = make_study(tmp_path / "mine")
    add_trial(study, 0, TrialState.FAILED, epochs=0)
    with pytest.raises(SearchError, match="no trial of mine was trained to its end"):
        _ = StudyResult(study).best


def test_the_trials_are_a_table_with_a_column_for_each_sampled_value(tmp_path):
    trials = StudyResult(every_state(make_study(tmp_path / "mine"))).trials
    assert list(trials.columns[:7]) == ["number", "state", "value", "epochs", "started", "ended", "reason"]
    assert list(trials["number"]) == [0, 1, 2, 3, 4, 5]
    assert trials.loc[0, "stages.repeat"] == 2


def test_the_table_of_a_study_without_trials_is_empty(tmp_path):
    assert len(StudyResult(make_study(tmp_path / "mine")).trials) == 0


def test_figures_are_asked_for_too_early(tmp_path):
    with pytest.raises(SearchError, match="mine has no bundle yet; run `cnnsearch finish mine`"):
        _ = StudyResult(make_study(tmp_path / "mine")).metrics


def test_a_trial_as_a_row(tmp_path):
    record = add_trial(make_study(tmp_path / "mine"), 0)[0]
    values = row(record)
    assert list(values) == ["number", "state", "value", "epochs", "started", "ended", "reason", "params"]
    assert values["params"] == record.params


def test_a_setting_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"epoch: is not a setting\. Did you mean 'epochs'"):
        search("plain", "digits", runs=tmp_path / "runs", epoch=3)
    assert list(tmp_path.iterdir()) == []


def test_the_tracking_server_of_the_environment_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://host:port")
    with pytest.raises(SettingsError, match="--tracking-uri: is not the address of a server"):
        search("plain", "digits", runs=tmp_path / "runs")


def test_a_given_tracking_server_replaces_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://host:port")
    with pytest.raises(SpaceError, match="plian: no such file"):
        search("plian", "digits", runs=tmp_path / "runs", tracking_uri="http://127.0.0.1:9")


def test_a_space_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(SpaceError, match="plian: no such file"):
        search("plian", "digits", runs=tmp_path / "runs")


def test_a_study_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(StudyError, match="no study 'mine'"):
        resume("mine", runs=tmp_path)


def test_a_budget_that_is_none_is_refused(tmp_path):
    study = make_study(tmp_path / "mine")
    with pytest.raises(SettingsError, match="--trials: found 0"):
        resume(study.path, trials=0)
