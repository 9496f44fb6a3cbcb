"""Whom the pages of `cnnsearch ui` are served to, by the server that is really started."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from cnnsearch.cli.ui import is_own
from cnnsearch.tracking.store import make_database
from tests.tracking.readback import NOLOAD

pytestmark = pytest.mark.filterwarnings(NOLOAD)

OTHER = "127.0.0.2"
"""Stands for an address of this machine that others reach: whoever listens at 127.0.0.1 does not hear it."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address, port):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


@contextmanager
def serving(runs, *options):
    """`cnnsearch ui`, once it answers: its port, the processes it started, a file with what it printed."""
    port, printed = free_port(), runs / "printed.txt"
    command = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "ui", "--runs", str(runs)]
    with printed.open("wb") as output:
        process = subprocess.Popen([*command, "--port", str(port), *options], stdout=output, stderr=output)
    try:
        while not answers("127.0.0.1", port):
            assert process.poll() is None, printed.read_text()
            time.sleep(0.2)
        yield port, psutil.Process(process.pid).children(recursive=True), printed
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.fixture
def runs(tmp_path):
    make_database(tmp_path / "mlflow.db")
    return tmp_path


def test_the_pages_are_served_to_this_machine_alone_and_load_no_pickle(runs):
    with serving(runs) as (port, started, printed):
        assert not answers(OTHER, port)
        allowed = {server.environ()["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] for server in started}
        assert allowed == {"false"}
    assert "warning" not in printed.read_text()


@pytest.mark.slow
def test_its_telemetry_is_off_unless_the_user_turned_it_on(runs, monkeypatch):
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    with serving(runs) as (_, started, _):
        assert {server.environ()["MLFLOW_DISABLE_TELEMETRY"] for server in started} == {"true"}
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    with serving(runs) as (_, started, _):
        assert {server.environ()["MLFLOW_DISABLE_TELEMETRY"] for server in started} == {"false"}


def test_a_page_of_another_host_cannot_use_it(runs):
    """MLflow's own protection stays in place around the first page: names of hosts, and origins."""
    with serving(runs) as (port, _, _):
        address = f"http://127.0.0.1:{port}"
        wrong_host = Request(address, headers={"Host": "elsewhere.example"})
        wrong_origin = Request(
            f"{address}/api/2.0/mlflow/experiments/create",
            data=b'{"name": "theirs"}',
            headers={"Origin": "http://elsewhere.example", "Content-Type": "application/json"},
        )
        for request in (wrong_host, wrong_origin):
            with pytest.raises(HTTPError) as refused:
                urlopen(request, timeout=30)
            assert refused.value.code == 403
            refused.value.close()


@pytest.mark.slow
def test_they_are_served_to_other_hosts_on_request_with_a_warning(runs):
    with serving(runs, "--host", "0.0.0.0") as (port, _, printed):
        assert answers(OTHER, port)
    told = "warning: --host 0.0.0.0: other machines can read, change and delete the runs of all studies"
    assert printed.read_text().startswith(f"{told}, since the MLflow UI has no authentication\n")


def test_an_address_of_another_machine_is_refused(runs):
    command = [sys.executable, "-c", "from cnnsearch.cli import main; main()", "ui", "--runs", str(runs)]
    done = subprocess.run([*command, "--host", "192.0.2.1"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "cnnsearch: --host 192.0.2.1 --port 5000: cannot listen there: Cannot assign"
    )


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("a-name", False),
    ],
)
def test_which_addresses_are_reached_from_this_machine_alone(host, own):
    assert is_own(host) == own
