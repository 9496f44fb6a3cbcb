"""A password in the tracking server's address: looked for in all that searches write and say."""

import base64
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cli.conftest import run
from tests.security.conftest import search
from tests.tracking.test_server import free_port, server

pytestmark = pytest.mark.slow

CANARY = "c4n4ry"


def address(port: int) -> str:
    return f"http://anna:{CANARY}@127.0.0.1:{port}"


def leaks(folder, *outcomes) -> list[str]:
    """Where the password is seen: in the files below a folder, and in what commands printed."""
    said = [word for outcome in outcomes for word in (outcome.out, outcome.err) if CANARY in word]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return said + [str(path) for path in files if CANARY.encode() in path.read_bytes()]


@contextmanager
def listening():
    """A server that refuses everybody, and keeps who came with which name and password."""
    heard: set[str | None] = set()

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.add(self.headers["Authorization"])
            self.send_error(401, "You are not authenticated")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as refusing:
        threading.Thread(target=refusing.serve_forever, daemon=True).start()
        yield refusing.server_port, heard
        refusing.shutdown()


def test_it_reaches_the_server_and_nothing_else(tmp_path):
    with listening() as (port, heard):
        outcome = search(tmp_path, "--tracking-uri", address(port))
        later = run("sync", "tiny-digits", cwd=tmp_path)
    assert outcome.status == 0 and later.status == 1, (outcome, later)
    assert base64.b64encode(f"anna:{CANARY}".encode()).decode() in str(heard)
    assert "code 401" in later.err
    assert leaks(tmp_path, outcome, later) == []


@pytest.mark.slow
@pytest.mark.long
def test_a_server_that_is_away_does_not_bring_it_to_light(tmp_path):
    outcome = search(tmp_path, "--tracking-uri", address(9))
    later = [run(command, "tiny-digits", cwd=tmp_path) for command in ("sync", "finish", "status", "trials")]
    assert [outcome.status, *(one.status for one in later)] == [0, 1, 0, 0, 0], later
    assert "MLflow at http://127.0.0.1:9: " in (tmp_path / "runs" / "tiny-digits" / "log.txt").read_text()
    assert leaks(tmp_path, outcome, *later) == []


def test_a_wrong_setting_beside_it_does_not_bring_it_to_light(tmp_path):
    outcome = search(tmp_path, "--tracking-uri", address(9), "--sampler", "none")
    assert outcome.status == 2 and leaks(tmp_path, outcome) == []


@pytest.mark.parametrize(
    "malformed",
    [
        f"http://anna:{CANARY}/@host",
        f"http://anna:{CANARY}@host:port",
        f"postgresql://anna:{CANARY}@host/runs",
    ],
)
def test_an_address_that_is_refused_is_not_shown(tmp_path, malformed):
    outcome = search(tmp_path, "--tracking-uri", malformed)
    assert outcome.status == 2 and outcome.err.startswith("cnnsearch: --tracking-uri: ")
    assert leaks(tmp_path, outcome) == []


@pytest.mark.slow
@pytest.mark.long
def test_a_server_that_took_everything_has_not_seen_it_in_any_record(tmp_path):
    port = free_port()
    with server(tmp_path, port):
        outcome = search(tmp_path, "--tracking-uri", address(port))
        later = [run(command, "tiny-digits", cwd=tmp_path) for command in ("sync", "finish")]
    assert [outcome.status, *(one.status for one in later)] == [0, 0, 0], (outcome, later)
    assert (tmp_path / "kept").exists()
    assert leaks(tmp_path, outcome, *later) == []
