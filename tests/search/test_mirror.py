import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import optuna
import pytest

from cnnsearch.errors import SearchError
from cnnsearch.search.mirror import MirrorProcess, sync
from cnnsearch.study.lock import driving
from cnnsearch.study.records import TrialState
from tests.studies import add_epoch, add_trial, begin, end, every_state, make_study
from tests.tracking.readback import NOLOAD, everything, history, run_of, runs_of

pytestmark = pytest.mark.filterwarnings(NOLOAD)


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path / "runs" / "some")


@pytest.fixture
def mirror(study):
    """A running mirror, which ends with the test."""
    process = MirrorProcess(study)
    process.start()
    yield process
    process.close()


def uri_of(study):
    return f"sqlite:///{study.runs / 'mlflow.db'}"


def is_there(study):
    """Return whether there are runs; an earlier query would create the database itself."""
    return (study.runs / "mlflow.db").exists()


def projected(study):
    return optuna.load_study(study_name=study.name, storage=f"sqlite:///{study.path / 'study.db'}").trials


def eventually(look):
    """Wait until a condition holds; the time limit of the test ends the wait."""
    while True:
        with suppress(AttributeError, StopIteration, OSError):  # no experiment, run or file yet
            if found := look():
                return found
        time.sleep(0.2)


def test_a_running_trial_s_curve_can_be_watched(study, mirror):
    records = study.records()
    begin(records, 0)
    for epoch in (1, 2):
        add_epoch(records, 0, epoch)
        mirror.changed(0)
    eventually(lambda: is_there(study))
    steps = eventually(lambda: history(uri_of(study), run_of(uri_of(study), study.name, 0), "loss")[1:])
    assert [step for step, _, _ in steps] == [2]


def test_the_last_update_includes_changes_that_were_not_reported(study):
    mirror = MirrorProcess(study)
    mirror.start()
    add_trial(study, 0)
    add_trial(study, 1)
    mirror.changed(0)
    mirror.close()
    assert [run.info.status for run in runs_of(uri_of(study), study.name)] == ["FINISHED"] * 3
    assert [trial.number for trial in projected(study)] == [0, 1]
    assert study.log.read_text() == ""


def test_it_writes_the_last_changes_when_it_is_left(study):
    mirror = MirrorProcess(study)
    mirror.start()
    add_trial(study, 0)
    mirror.leave()
    eventually(lambda: is_there(study) and run_of(uri_of(study), study.name, 0).info.status == "FINISHED")
    eventually(lambda: [trial.number for trial in projected(study)] == [0])


def test_ctrl_c_does_not_reach_it(study, mirror):
    add_trial(study, 0)
    mirror.changed(0)
    eventually(lambda: is_there(study) and runs_of(uri_of(study), study.name))
    os.kill(mirror.pid, signal.SIGINT)
    records = add_trial(study, 1, TrialState.RUNNING)
    end(records, 1, TrialState.COMPLETE)
    mirror.changed(1)
    assert eventually(lambda: run_of(uri_of(study), study.name, 1).info.status == "FINISHED")


def test_telling_never_waits(study, mirror):
    os.kill(mirror.pid, signal.SIGSTOP)
    for number in range(100_000):
        mirror.changed(number)
    os.kill(mirror.pid, signal.SIGCONT)


def test_telling_a_mirror_that_has_died_does_no_harm(study, mirror):
    os.kill(mirror.pid, signal.SIGKILL)
    for _ in range(10):
        mirror.changed(0)
        time.sleep(0.01)


def test_a_mirror_that_does_not_end_is_killed_and_logged(study):
    mirror = MirrorProcess(study)
    mirror.start()
    os.kill(mirror.pid, signal.SIGSTOP)
    mirror.close(timeout=0.1)
    assert study.log.read_text() == "mirror: killed after 100 ms, before the last update was complete\n"


def test_it_finishes_when_the_driver_is_killed(study):
    add_trial(study, 0)
    driver = (
        "import os, sys; from pathlib import Path; from cnnsearch.search.mirror import MirrorProcess;"
        "from cnnsearch.study.folder import Study; mirror = MirrorProcess(Study(Path(sys.argv[1])));"
        "mirror.start(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", driver, str(study.path)], check=False)
    assert eventually(lambda: is_there(study) and len(runs_of(uri_of(study), study.name)) == 2)


def test_an_unreachable_server_is_reported_once_and_stops_nothing(tmp_path):
    study = make_study(tmp_path / "runs" / "some", tracking_uri="http://anna:secret@127.0.0.1:9")
    mirror = MirrorProcess(study)
    mirror.start()
    add_trial(study, 0)
    mirror.changed(0)
    eventually(lambda: "tracking" in study.log.read_text())
    mirror.close()
    told = study.log.read_text()
    assert told.count("tracking: MLflow at http://127.0.0.1:9: ") == 1 and "secret" not in told
    assert len(projected(study)) == 1


def test_the_driver_s_side_imports_neither_mlflow_nor_optuna():
    code = "import sys, cnnsearch.search.mirror; sys.exit(bool({'mlflow', 'optuna'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_sync_completes_mlflow_and_study_db_and_again_changes_nothing(tmp_path):
    study = every_state(make_study(tmp_path / "runs" / "mine"))
    sync(study)
    once = everything(f"sqlite:///{study.runs / 'mlflow.db'}", study.name)
    assert len(once) > 1 and (study.path / "study.db").exists()
    sync(study)
    assert everything(f"sqlite:///{study.runs / 'mlflow.db'}", study.name) == once


def test_a_rebuild_replaces_the_runs_and_study_db(study):
    every_state(study)
    sync(study)
    before = runs_of(uri_of(study), study.name)
    study.database.write_text("damaged")
    sync(study, is_anew=True)
    after = runs_of(uri_of(study), study.name)
    assert [run.data.params for run in after] == [run.data.params for run in before]
    assert {run.info.run_id for run in after}.isdisjoint(run.info.run_id for run in before)
    assert len(projected(study)) == len(study.records())


def test_a_study_that_is_being_searched_is_not_rebuilt(study):
    every_state(study)
    sync(study)
    with driving(study.path), pytest.raises(SearchError, match="is already being searched by process"):
        sync(study, is_anew=True)
    assert runs_of(uri_of(study), study.name)


def test_sync_reports_the_reason_of_a_failure(tmp_path):
    study = every_state(make_study(tmp_path / "runs" / "mine", tracking_uri="http://me:secret@127.0.0.1:9"))
    with pytest.raises(SearchError, match=r"^mine could not be updated: tracking: MLflow at ") as caught:
        sync(study)
    assert "secret" not in str(caught.value)
