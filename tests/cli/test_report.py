from tests.studies import every_state, make_study


def test_a_study_has_a_report_and_pictures(cli, tmp_path):
    study = every_state(make_study(tmp_path / "some"))
    outcome = cli("report", "some", "--runs", tmp_path)
    assert outcome.status == 0 and str(study.path / "report.html") in outcome.out
    assert (study.path / "figures" / "history.png").stat().st_size > 1000


def test_a_server_that_is_away_leaves_the_page_whole(cli, tmp_path):
    study = every_state(make_study(tmp_path / "some", tracking_uri="http://127.0.0.1:9"))
    outcome = cli("report", "some", "--runs", tmp_path)
    assert outcome.status == 1 and "the report of some could not be logged to MLflow" in outcome.err
    assert (study.path / "report.html").exists()


def test_an_unknown_study_is_wrong_input(cli, tmp_path):
    outcome = cli("report", "some", "--runs", tmp_path)
    assert outcome.status == 2 and "no study 'some'" in outcome.err
