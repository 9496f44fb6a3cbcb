import pytest
from filelock import FileLock

from cnnsearch.tracking.mirror import Mirror
from cnnsearch.tracking.report import log_report
from tests.studies import add_trial, every_state, make_study
from tests.tracking.readback import NOLOAD, artifacts_of, everything, runs_of

pytestmark = pytest.mark.filterwarnings(NOLOAD)


@pytest.fixture
def study(tmp_path):
    """A mirrored study with a placeholder for its report."""
    study = every_state(make_study(tmp_path / "runs" / "some"))
    (study.path / "report.html").write_text("the report")
    (study.path / "figures").mkdir()
    (study.path / "figures" / "history.png").write_bytes(b"a picture")
    Mirror(study).sync()
    return study


def uri_of(study):
    return f"sqlite:///{study.runs / 'mlflow.db'}"


def test_the_study_s_run_has_the_report_and_its_figures(study):
    log_report(study)
    parent = runs_of(uri_of(study), "some")[0]
    assert {"report.html", "figures"} <= set(artifacts_of(uri_of(study), parent))


def test_logging_again_changes_nothing(study):
    log_report(study)
    before = everything(uri_of(study), "some")
    log_report(study)
    assert everything(uri_of(study), "some") == before


def test_a_finished_run_stays_finished(study):
    log_report(study)
    assert runs_of(uri_of(study), "some")[0].info.status == "FINISHED"


def test_a_study_that_is_being_searched_stays_running(study):
    with FileLock(study.path / "driver.lock"):
        log_report(study)
    assert runs_of(uri_of(study), "some")[0].info.status == "RUNNING"


def test_a_study_without_trials_has_no_run(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    log_report(study)
    assert not (study.runs / "mlflow.db").exists()


def test_a_study_that_was_never_mirrored_gets_its_run(tmp_path):
    study = make_study(tmp_path / "runs" / "some")
    add_trial(study, 0)
    (study.path / "report.html").write_text("the report")
    log_report(study)
    assert artifacts_of(uri_of(study), runs_of(uri_of(study), "some")[0]) == [
        "report.html",
        "space.yaml",
        "study.yaml",
    ]
