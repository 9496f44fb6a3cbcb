"""Workers that hang, trials that take too long, and a driver that was asleep itself."""

import os
import signal
import time

import pytest

from cnnsearch.search.executors import local
from cnnsearch.search.launch import run_study
from cnnsearch.worker import HEARTBEAT
from tests.faults.harm import SLOW, Blows, Search, signalling, study_of, workers_of
from tests.search.real import table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SILENCE = 3 * HEARTBEAT


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(local, "SILENCE", SILENCE)


def test_a_worker_that_hangs_is_ended_and_its_trial_goes_on_in_another(tmp_path, impatient, unbroken):
    study = study_of(tmp_path)
    assert run_study(study, [Blows(signalling(signal.SIGSTOP), {1: 1})])
    assert study.records()[1].trial.retries == 1
    assert f"trial 1: no message from the worker for {SILENCE:g} s" in study.log.read_text()
    assert table(study) == table(unbroken)[:3]


def test_a_worker_that_hangs_is_gone(tmp_path, impatient):
    study, hung = study_of(tmp_path, trials=1), []

    def stop(pid):
        hung.extend(workers_of())
        os.kill(pid, signal.SIGSTOP)

    assert run_study(study, [Blows(stop, {0: 1})])
    assert [worker.is_running() for worker in hung] == [False]


def test_a_trial_over_its_time_is_ended_with_what_it_had_reached(tmp_path):
    study = study_of(tmp_path, SLOW, trials=2, epochs=10_000, trial_timeout=25.0, pruner="none")
    assert run_study(study)
    records = list(study.records())
    assert [record.state for record in records] == ["pruned", "pruned"]
    assert {record.reason for record in records} == {"it took longer than 25 s"}
    best = max(epoch.metrics["validation_accuracy"] for epoch in records[0].curve)
    assert records[0].value == best


@pytest.mark.long
def test_a_driver_that_slept_does_not_hold_its_workers_for_silent(tmp_path):
    """Ctrl-Z and `fg`: what the workers said meanwhile is not read yet when the driver looks at the clock."""
    search = Search(tmp_path, "--trials 2 --epochs 2", SLOW)
    process = search.begin()
    search.wait_for(process, lambda: search.study.path.is_dir() and search.epochs() > 0)
    process.send_signal(signal.SIGSTOP)
    time.sleep(local.SILENCE + 2)
    process.send_signal(signal.SIGCONT)
    assert process.wait(200) == 0, search.said
    assert [record.trial.retries for record in search.study.records()] == [0, 0]
