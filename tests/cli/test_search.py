"""A search from the command line to its bundle, and what can be asked of it then."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from tests.cli.conftest import run

pytestmark = pytest.mark.timeout(240)


def test_a_search_prints_a_line_for_each_trial_then_its_best(searched):
    outcome, runs = searched
    assert outcome.status == 0, outcome
    assert outcome.err == ""
    lines = [line for line in outcome.out.splitlines() if not is_of_the_time(line)]
    assert lines[0].startswith("data: 1,079 train, 359 validation, 359 test pictures of 10 classes")
    assert lines[1].startswith("worker ready: tensorflow on ")
    assert [line.split()[:3] for line in lines[2:5]] == [["trial", str(n), "complete"] for n in range(3)]
    assert lines[5].startswith("the search is done; no retraining, as requested")
    assert lines[6] == "choosing the champion, testing it and writing the bundle"
    assert lines[7].split() == ["Finalists"]
    names = [line.split()[0] for line in lines[lines.index("") + 1 :]]
    assert names == ["Best", "picked", "weights", "validation", "test", "bundle", "compare", "report"]
    assert lines[-3].split()[1] == str(runs.resolve() / "tiny-digits" / "best")
    assert lines[-2].endswith("cnnsearch ui tiny-digits")
    assert lines[-1].split()[1] == str(runs.resolve() / "tiny-digits" / "report.html")


def is_of_the_time(line):
    """Return whether a line is one that is printed each half minute of a long step, as on a slow machine."""
    return re.match(r"\d+:\d\d:\d\d; ", line) is not None


def test_piped_output_has_no_escape_codes(searched):
    outcome, _ = searched
    assert "\x1b" not in outcome.out
    assert "\r" not in outcome.out


def test_the_bundle_stands(searched):
    _, runs = searched
    files = {path.name for path in (runs / "tiny-digits" / "best").iterdir()}
    assert {"model.keras", "labels.json", "architecture.json", "training.json", "metrics.json"} <= files
    metrics = json.loads((runs / "tiny-digits" / "best" / "metrics.json").read_text())
    assert {"validation_accuracy", "test_accuracy"} <= metrics.keys()


def test_the_log_has_every_epoch(searched):
    _, runs = searched
    log = (runs / "tiny-digits" / "log.txt").read_text()
    assert all(f"trial {number} epoch {epoch}: loss " in log for number in range(3) for epoch in (1, 2))


def test_status_names_the_best(cli, searched):
    _, runs = searched
    status = json.loads(cli("status", "tiny-digits", "--runs", runs, "--json").out)
    trials = json.loads(cli("trials", "tiny-digits", "--runs", runs, "--json").out)
    assert status["counts"]["complete"] == 3
    assert status["best"]["value"] == max(trial["value"] for trial in trials)
    assert all(trial["ended"] >= trial["started"] for trial in trials)


def test_a_finished_study_is_not_searched_again(cli, searched):
    _, runs = searched
    ledger = (runs / "tiny-digits" / "test_ledger.jsonl").read_text()
    outcome = cli("resume", "tiny-digits", "--runs", runs)
    assert outcome.status == 0
    assert "Best network" in outcome.out
    assert (runs / "tiny-digits" / "test_ledger.jsonl").read_text() == ledger


@pytest.mark.slow
def test_finish_makes_the_bundle_again(searched, tmp_path):
    runs = shutil.copytree(searched[1], tmp_path / "runs")
    shutil.rmtree(runs / "tiny-digits" / "best")
    outcome = run("finish", "tiny-digits", "--runs", runs)
    assert outcome.status == 0, outcome
    assert (runs / "tiny-digits" / "best" / "model.keras").exists()


@pytest.mark.slow
def test_a_larger_budget_adds_trials(searched, tmp_path):
    runs = shutil.copytree(searched[1], tmp_path / "runs")
    outcome = run("resume", "tiny-digits", "--runs", runs, "--trials", 4)
    assert outcome.status == 0, outcome
    trials = json.loads(run("trials", "tiny-digits", "--runs", runs, "--json").out)
    assert [trial["number"] for trial in trials] == [0, 1, 2, 3]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_port_in_use_is_reported(cli, searched):
    _, runs = searched
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = cli("ui", "--runs", runs, "--port", port)
    assert outcome.status == 2
    assert outcome.err == f"cnnsearch: --port {port}: already in use; choose another, such as {port + 1}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_the_pages_are_served_until_ctrl_c(searched, tmp_path, number):
    _, runs = searched
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "from cnnsearch.cli import main; main()",
        "ui",
        "--runs",
        runs,
        "--port",
        port,
    ]
    process = subprocess.Popen([str(part) for part in command], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        page = answer(f"http://127.0.0.1:{port}/", process)
        children = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.send_signal(number)
    assert "<title>MLflow</title>" in page
    assert process.wait(120) == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert list(tmp_path.iterdir()) == []


def answer(url, process):
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                return page.read().decode()
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server ended")
