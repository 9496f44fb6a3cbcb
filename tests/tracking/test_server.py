"""Mirroring to an MLflow server that becomes unreachable and returns."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from cnnsearch.cli.ui import NO_JOBS
from cnnsearch.errors import SearchError
from cnnsearch.study.records import TrialState
from cnnsearch.tracking.mirror import Mirror
from tests.studies import add_epoch, add_trial, end, make_study
from tests.tracking.readback import artifacts_of, everything, history, run_of, runs_of

pytestmark = pytest.mark.slow


@contextmanager
def server(folder, port):
    """Run a server on a port until the end of the context."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    stores = ["--backend-store-uri", f"sqlite:///{folder / 'server.db'}", "--workers", "1"]
    kept = ["--artifacts-destination", str(folder / "kept")]
    environment = os.environ | NO_JOBS
    with (folder / "server.txt").open("ab") as log:
        process = subprocess.Popen([*command, *stores, *kept], env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield
    finally:
        process.terminate()
        process.wait()


def wait_for(address, process):
    while process.poll() is None:
        try:
            urlopen(address, timeout=1).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the server has ended")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_server_that_goes_away_and_comes_back_has_everything_once(tmp_path):
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    study = make_study(tmp_path / "runs" / "some", tracking_uri=uri)
    add_trial(study, 0)
    records = add_trial(study, 1, TrialState.RUNNING, epochs=2)
    mirror = Mirror(study)

    with server(tmp_path, port):
        mirror.sync_trial(records[0])
        mirror.sync_trial(records[1])
    add_epoch(records, 1, 3)
    end(records, 1, TrialState.COMPLETE)
    with pytest.raises(SearchError, match=f"^MLflow at {uri}: "):
        mirror.sync_trial(records[1])
    with server(tmp_path, port):
        mirror.sync_trial(records[1])
        mirror.sync(records)
        once = everything(uri, study.name)
        Mirror(study).sync()
        run = run_of(uri, study.name, 1)

        assert [run.info.status for run in runs_of(uri, study.name)] == ["FINISHED"] * 3
        assert [step for step, _, _ in history(uri, run, "loss")] == [1, 2, 3]
        assert artifacts_of(uri, run) == ["architecture.json", "params.json", "training.json"]
        assert everything(uri, study.name) == once
