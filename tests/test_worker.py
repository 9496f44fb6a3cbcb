"""The worker as a process, driven over its pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cnnsearch.training.protocol import (
    EpochReports,
    Heartbeat,
    MemberResult,
    Ready,
    Shutdown,
    Verdict,
    Verdicts,
    decode_worker_message,
    encode,
)
from tests.training.jobs import make_job, store_data

ROOT = Path(__file__).parents[1]

# Prints without end on file descriptor 1 and on sys.stdout, once Keras is loaded.
NOISE = """
import os, sys, threading, time

def shout():
    while "keras" not in sys.modules:
        time.sleep(0.01)
    while True:
        os.write(1, b"noise of a library\\n")
        print("noise of Python", flush=True)
        time.sleep(0.001)

threading.Thread(target=shout, daemon=True).start()
"""


class WorkerProcess:
    """A worker and the driver's end of its pipes."""

    def __init__(self, stderr, *options, python_path=""):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cnnsearch.worker", "--study", "/", "--datasets", "/", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{python_path}", "CUDA_VISIBLE_DEVICES": ""},
        )
        self.ready = self.read()

    def read_any(self):
        return decode_worker_message(self.process.stdout.readline())

    def read(self):
        message = self.read_any()
        return self.read() if isinstance(message, Heartbeat) else message

    def write(self, message):
        self.process.stdin.write(encode(message))
        self.process.stdin.flush()

    def train(self, job):
        """Continue after every epoch; return the reports and the result."""
        self.write(job)
        reports = []
        while isinstance(message := self.read(), EpochReports):
            reports += message.reports
            self.answer(*(report.trial for report in message.reports))
        return reports, message

    def answer(self, *trials, decision="continue"):
        """Answer the reports of trials."""
        verdicts = [Verdict(trial=trial, decision=decision) for trial in trials]
        self.write(Verdicts(verdicts=verdicts))

    def end(self):
        with self.process:  # closes the pipes
            self.process.kill()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return store_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def start(tmp_path):
    started = []
    with (tmp_path / "stderr.txt").open("w") as stderr:

        def start_worker(*options, **settings):
            started.append(WorkerProcess(stderr, *options, **settings))
            return started[-1]

        yield start_worker
        for worker in started:
            worker.end()


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    with (tmp_path_factory.mktemp("worker") / "stderr.txt").open("w") as stderr:
        shared = WorkerProcess(stderr, "--threads", "2")
        yield shared
        shared.end()


def test_it_reports_its_backend_and_devices(worker):
    assert isinstance(worker.ready, Ready)
    assert worker.ready.backend == "tensorflow"
    assert set(worker.ready.versions) == {"python", "keras", "tensorflow", "numpy"}
    assert worker.ready.devices == ("cpu:0",)


def test_it_trains_one_job_after_the_other(worker, data, tmp_path):
    jobs = [make_job(data, tmp_path / str(trial), trial=trial) for trial in (1, 2)]
    (first, first_result), (second, second_result) = (worker.train(job) for job in jobs)

    assert (first_result.outcome, second_result.outcome) == ("complete", "complete")
    assert [report.epoch for report in first] == [1, 2, 3, 4]
    assert (first_result.trial, second_result.trial) == (1, 2)
    assert [report.metrics for report in first] == [report.metrics for report in second]


def test_heartbeats_name_the_trial_until_it_ends(worker, data, tmp_path):
    worker.write(make_job(data, tmp_path / "a", trial=7))
    reported = worker.read()
    while (beat := worker.read_any()).trial is None:
        pass
    worker.answer(7, decision="stop")
    worker.read()
    while worker.read_any().trial is not None:
        pass
    assert reported.reports[0].trial == 7 and (beat.trial, beat.share) == (7, 0.0)


def test_an_exception_costs_one_trial(worker, data, tmp_path):
    lost = make_job(tmp_path / "nowhere", tmp_path / "lost")
    reports, result = worker.train(lost)
    _, next_result = worker.train(make_job(data, tmp_path / "next", trial=1))

    assert (reports, result.outcome) == ([], "failed")
    assert result.reason.startswith("cnnsearch.errors.DataError") and "nowhere" in result.reason
    assert next_result.outcome == "complete"


def test_an_exception_costs_every_member_of_its_job(worker, tmp_path):
    _, first = worker.train(make_job(tmp_path / "nowhere", tmp_path / "a", tmp_path / "b"))
    results = [first, worker.read()]

    assert [(result.trial, result.outcome) for result in results] == [(0, "failed"), (1, "failed")]


def test_the_members_of_a_job_report_together_and_end_apart(worker, data, tmp_path):
    worker.write(make_job(data, tmp_path / "a", tmp_path / "b"))
    together = worker.read()
    worker.write(
        Verdicts(
            verdicts=[Verdict(trial=0, decision="stop"), Verdict(trial=1, decision="continue")],
        )
    )
    stopped = worker.read()
    rest = []
    while isinstance(message := worker.read(), EpochReports):
        rest.append([report.trial for report in message.reports])
        worker.answer(1)

    assert [report.trial for report in together.reports] == [0, 1]
    assert (stopped.trial, stopped.outcome) == (0, "stopped")
    assert (rest, message.trial, message.outcome) == ([[1]] * 3, 1, "complete")


def test_a_stop_ends_the_training(worker, data, tmp_path):
    worker.write(make_job(data, tmp_path, trial=5))
    worker.read()
    worker.answer(5, decision="stop")

    result = worker.read()
    assert isinstance(result, MemberResult)
    assert (result.outcome, result.epochs) == ("stopped", 1)


def test_a_killed_worker_is_replaced_without_a_trace(worker, start, data, tmp_path):
    expected, expected_result = worker.train(make_job(data, tmp_path / "whole"))
    job = make_job(data, tmp_path / "killed")
    killed = start("--threads", "2")
    killed.write(job)
    heard = []
    for _ in range(3):
        heard += killed.read().reports
        killed.answer(0)
    killed.read()
    killed.process.send_signal(signal.SIGKILL)
    rest, result = start("--threads", "2").train(job)

    heard = [report.metrics for report in heard[: rest[0].epoch - 1] + rest]
    assert rest[0].epoch > 1
    assert heard == [report.metrics for report in expected]
    assert result.metrics == expected_result.metrics


def test_the_jax_backend_uses_the_same_protocol(start, data, tmp_path):
    jax = start("--backend", "jax")
    reports, result = jax.train(make_job(data, tmp_path / "trial"))

    assert jax.ready.backend == "jax"
    assert (len(reports), result.outcome) == (4, "complete")
    again, _ = jax.train(make_job(data, tmp_path / "again"))  # the same layers, which are not compiled again
    assert [report.metrics for report in again] == [report.metrics for report in reports]


def test_output_of_libraries_stays_out_of_the_protocol(start, data, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(NOISE)
    noisy = start(python_path=tmp_path)
    _, result = noisy.train(make_job(data, tmp_path / "trial"))

    assert result.outcome == "complete"
    log = (tmp_path / "stderr.txt").read_text()
    assert "noise of a library" in log and "noise of Python" in log


def test_ctrl_c_is_left_to_the_driver(start):
    worker = start()
    worker.process.send_signal(signal.SIGINT)
    worker.write(Shutdown())

    assert worker.process.wait(30) == 0


def test_it_ends_in_the_middle_of_an_epoch_when_the_driver_is_gone(start, tmp_path):
    long = store_data(tmp_path, examples=100_000)
    worker = start()
    worker.write(make_job(long, tmp_path / "trial", plan={"batch_size": 1}))
    with pytest.raises(subprocess.TimeoutExpired):
        worker.process.wait(3)  # by now it trains, and an epoch takes minutes
    worker.process.stdin.close()

    assert worker.process.wait(10) == 0


def test_it_ends_when_the_driver_is_gone_between_jobs(start):
    worker = start()
    worker.process.stdin.close()

    assert worker.process.wait(10) == 0


def test_an_unknown_backend_is_refused_in_one_line():
    process = subprocess.run(
        [sys.executable, "-m", "cnnsearch.worker", "--study", ".", "--datasets", ".", "--backend", "theano"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert process.returncode == 2
    assert "invalid choice: 'theano'" in process.stderr
