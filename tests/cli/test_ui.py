"""`cnnsearch ui`: which pages it opens, and what it says; the pages themselves are tested in a browser."""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from cnnsearch.cli.ui import has_desktop
from cnnsearch.tracking.mirror import Mirror
from tests.security.test_servers import free_port, serving
from tests.studies import STARTED, add_trial, make_study
from tests.tracking.readback import NOLOAD

pytestmark = pytest.mark.filterwarnings(NOLOAD)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A runs folder with two mirrored studies."""
    runs = tmp_path_factory.mktemp("tracked") / "runs"
    for name, started in (("new", STARTED + 9_000), ("old", STARTED)):
        study = make_study(runs / name)
        add_trial(study, 0, started=started)
        Mirror(study).sync()
    return runs


@contextmanager
def printed_line(runs, *names):
    """The first line that `cnnsearch ui` prints, while it serves."""
    program = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "ui"]
    command = [*program, *names, "--runs", str(runs), "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process.stdout.readline()
        finally:
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
    assert rest == ""


def test_without_a_study_it_opens_the_latest_and_says_so(runs):
    with printed_line(runs) as line:
        assert re.fullmatch(
            r"MLflow UI: http://127.0.0.1:\d+/#/experiments/\d+/runs\?workflowType=machine_learning"
            r"&orderByKey=metrics\.%60best_validation_accuracy%60&orderByAsc=false&compareRunsMode=CHART"
            r"  \(new, the latest of 2 studies; Ctrl-C stops it\)\n",
            line,
        )
    assert "Uvicorn running" in (runs / "mlflow-ui.log").read_text()


def test_several_studies_are_compared_by_name_or_path(runs):
    with printed_line(runs, "old", str(runs / "new")) as line:
        assert "/#/compare-experiments/s?experiments=%5B%22" in line
        assert line.endswith("  (old, new; Ctrl-C stops it)\n")


def test_an_unknown_study_is_refused(cli, runs):
    outcome = cli("ui", "oldd", "--runs", runs)
    assert outcome.status == 2
    assert outcome.err == f"cnnsearch: no study 'oldd' in {runs} (new, old). Did you mean 'old'?\n"


def test_a_study_on_a_server_is_opened_there(cli, runs, tmp_path):
    with serving(runs) as (port, _, _):
        study = make_study(tmp_path / "runs" / "old", tracking_uri=f"http://127.0.0.1:{port}")
        outcome = cli("ui", study.path)
    assert outcome.status == 0, outcome
    assert re.fullmatch(
        rf"MLflow: http://127.0.0.1:{port}/#/experiments/\d+/runs\?workflowType=.*\n", outcome.out
    )


def test_a_server_that_is_down_is_named(cli, tmp_path):
    uri = f"http://127.0.0.1:{free_port()}"
    outcome = cli("ui", make_study(tmp_path / "runs" / "some", tracking_uri=uri).path)
    assert outcome.status == 1 and outcome.err.startswith(f"cnnsearch: MLflow at {uri}: ")


def test_studies_of_different_places_are_refused(cli, runs, tmp_path):
    other = make_study(tmp_path / "runs" / "far", tracking_uri="http://127.0.0.1:9")
    outcome = cli("ui", "old", other.path, "--runs", runs)
    assert outcome.status == 2
    assert "the studies are tracked in different places: old at sqlite:" in outcome.err


def test_studies_that_are_all_on_servers_are_named(cli, tmp_path):
    make_study(tmp_path / "runs" / "far", tracking_uri="http://127.0.0.1:9")
    outcome = cli("ui", "--runs", tmp_path / "runs")
    assert outcome.status == 2
    assert outcome.err.endswith("run a search first, or name a study that is tracked elsewhere: far\n")


def test_a_database_that_cannot_be_read_ends_it_with_the_reason(cli, tmp_path):
    (tmp_path / "mlflow.db").write_text("not a database")
    outcome = cli("ui", "--runs", tmp_path, "--port", free_port())
    assert outcome.status == 1
    assert "file is not a database" in outcome.err


@pytest.mark.parametrize("environment", [{"CI": "true", "DISPLAY": ":0"}, {"DISPLAY": ":0"}])
def test_no_browser_is_opened_where_nobody_reads(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert not has_desktop()  # the output of a test is no terminal
