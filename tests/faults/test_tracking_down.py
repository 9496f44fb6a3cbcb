"""MLflow's server is away: from the start, from the middle on, or there without ever answering."""

import socket
import threading
from contextlib import contextmanager

import pytest

from tests.faults.harm import Search
from tests.search.real import table
from tests.tracking.readback import NOLOAD, everything, history, run_of, runs_of
from tests.tracking.test_server import free_port, server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.filterwarnings(NOLOAD)]


@contextmanager
def nobody(folder, port):
    """Nothing listens."""
    yield


@contextmanager
def black_hole(folder, port):
    """Somebody takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        calls = []

        def answer():
            while True:
                try:
                    calls.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for call in calls:
                call.close()


@contextmanager
def gone_in_the_middle(folder, port):
    """A server that is away as soon as the search has told it something."""
    with server(folder, port):
        yield


def is_told(search, uri):
    """Whether the server knows the second trial."""
    try:
        return run_of(uri, "harmed", 1) is not None
    except (AttributeError, StopIteration):
        return False


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(nobody, marks=pytest.mark.long),
        black_hole,
        pytest.param(gone_in_the_middle, marks=pytest.mark.long),
    ],
)
def test_the_search_ends_as_ever_and_sync_completes_the_mirror(tmp_path, unbroken, fault):
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    search = Search(tmp_path, f"--trials 6 --epochs 3 --tracking-uri {uri}")
    with fault(tmp_path, port):
        process = search.begin()
        if fault is gone_in_the_middle:
            search.wait_for(process, lambda: is_told(search, uri))
        else:
            assert process.wait(600) == 0, search.said
    assert process.wait(600) == 0, search.said
    assert table(search.study) == table(unbroken)
    assert (search.study.path / "study.db").exists()
    assert search.call("sync harmed").wait(200) == 1
    assert f"cnnsearch: harmed could not be updated: tracking: MLflow at {uri}: " in search.said

    with server(tmp_path, port):
        assert search.call("sync harmed").wait(200) == 0, search.said
        once = everything(uri, "harmed")
        assert search.call("sync harmed").wait(200) == 0, search.said
        assert everything(uri, "harmed") == once
        numbers = [run.data.tags.get("cnnsearch.trial") for run in runs_of(uri, "harmed")]
        assert numbers == [None, *"012345"]
        for record in search.study.records():
            run = run_of(uri, "harmed", record.number)
            steps = [step for step, _, _ in history(uri, run, "validation_accuracy")]
            assert steps == [epoch.epoch for epoch in record.curve]
