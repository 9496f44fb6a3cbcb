"""A worker dies in the middle of an epoch: once, and again."""

import os
import signal

import pytest

from cnnsearch.search.launch import run_study
from tests.faults.harm import Blows, left_after, signalling, study_of, workers_of
from tests.search.real import table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXITING = """
import os, signal

signal.signal(signal.SIGUSR1, lambda *_: os._exit(137))
"""
"""What makes every Python process leave at once when it is told to."""
DEATHS = {
    "SIGKILL": (signal.SIGKILL, "the worker ended: signal SIGKILL"),
    "SIGSEGV": (signal.SIGSEGV, "the worker ended: signal SIGSEGV"),
    "exit 137": (signal.SIGUSR1, "the worker ended: exit status 137"),
}
ONCE, TWICE = 1, 3
"""The trials whose workers die so often."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=() if name == "SIGKILL" else pytest.mark.long) for name in DEATHS],
)
def harmed(request, tmp_path_factory):
    """A search in which workers have died in some way, and how that is told."""
    folder = tmp_path_factory.mktemp("harmed")
    (folder / "sitecustomize.py").write_text(EXITING)
    study, (number, words) = study_of(folder, trials=6), DEATHS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{folder}:{os.environ.get('PYTHONPATH', '')}")
        assert run_study(study, [Blows(signalling(number), {ONCE: 1, TWICE: 2})])
    return study, words


def test_the_trial_goes_on_as_if_its_worker_had_not_died(harmed, unbroken):
    study, _ = harmed
    assert study.records()[ONCE].trial.retries == 1
    assert table(study)[ONCE] == table(unbroken)[ONCE]


def test_a_trial_whose_worker_dies_again_fails_with_that_reason(harmed):
    study, words = harmed
    record = study.records()[TWICE]
    assert (record.state, record.reason) == ("failed", f"{words}, for the second time")


def test_the_other_trials_are_as_they_would_have_been(harmed, unbroken):
    study, _ = harmed
    rows, expected = table(study), table(unbroken)
    assert rows[:TWICE] + rows[TWICE + 1 :] == expected[:TWICE] + expected[TWICE + 1 :]


def test_the_first_failure_is_reported_with_its_consequence(harmed):
    study, words = harmed
    assert f"trial {ONCE}: {words}; resuming it in another worker" in study.log.read_text()


def test_no_process_is_left(harmed):
    assert left_after(0, workers_of()) == []
