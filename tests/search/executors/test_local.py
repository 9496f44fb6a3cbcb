"""Workers that fail before anything is trained."""

import signal
import sys
from threading import Timer

import pytest

from cnnsearch.cores import can_choose_cores, num_cores
from cnnsearch.errors import SearchError
from cnnsearch.finish.run import finish_again
from cnnsearch.processes import ending
from cnnsearch.search.executors import Died, Shared, local
from cnnsearch.search.executors.local import LocalExecutor
from cnnsearch.space import load_space
from cnnsearch.study.folder import Study
from cnnsearch.study.settings import checked_settings
from cnnsearch.training.protocol import (
    EpochReport,
    EpochReports,
    Member,
    MemberResult,
    Ready,
    Speeds,
    Suggestion,
    Train,
    encode,
)
from tests.studies import add_trial, make_study

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def python_is(tmp_path, monkeypatch):
    """Replace Python by a shell script."""

    def put(script):
        file = tmp_path / "python"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(file))

    return put


def job(*trials):
    candidate = load_space("plain").sample_random(0, input_shape=(28, 28, 1), num_classes=10)
    members = [
        Member(trial=trial, candidate=candidate, place=f"trials/{trial:04d}", epochs=1, seed=0)
        for trial in trials or (0,)
    ]
    return Train(members=members, data="ab12", metric="validation_accuracy", direction="maximize")


def executor_in(folder, **settings):
    """Return an executor of a study that has only a folder."""
    chosen = checked_settings({"space": "plain", "data": "digits", **settings})
    return LocalExecutor(chosen, Study(folder))


def error_of(folder):
    """Return the error with which the first job ends a search."""
    executor = executor_in(folder)
    executor.submit(job())
    try:
        with pytest.raises(SearchError) as caught:
            while True:
                list(executor.events(0.1))
    finally:
        executor.close(at_once=True)
    return str(caught.value)


def first_event(folder, *trials, **settings):
    """Return the first event of a job with some members."""
    executor = executor_in(folder, **settings)
    executor.submit(job(*trials))
    try:
        while True:
            for event in executor.events(0.1):
                if not isinstance(event, Ready):
                    return event
    finally:
        executor.close(at_once=True)


def test_a_worker_that_cannot_start_ends_the_search_with_its_last_output(tmp_path, python_is):
    python_is("echo first >&2; echo 'no module named keras' >&2; exit 3")
    message = "a worker could not start (exit status 3); the last line of its output: no module named keras"
    assert error_of(tmp_path) == message


def test_a_worker_that_ends_without_output_is_reported_without_any(tmp_path, python_is):
    python_is("exit 3")
    message = "a worker could not start (exit status 3); the last line of its output: none"
    assert error_of(tmp_path) == message


def test_a_worker_that_is_killed_while_it_comes_up_costs_its_trial_alone(tmp_path, python_is):
    python_is("kill -9 $$")
    assert first_event(tmp_path) == Died((0,), "the worker ended: signal SIGKILL", "crash")


def ended(trial, outcome="complete"):
    return MemberResult(
        trial=trial, outcome=outcome, epochs=1, best_epoch=1, metrics={}, reason="", seconds=1.0
    )


def test_a_worker_that_dies_costs_the_members_that_have_not_ended(tmp_path, python_is):
    result = ended(3)
    python_is(f"echo '{encode(result).strip()}'; sleep 0.2; kill -9 $$")
    executor = executor_in(tmp_path)
    executor.submit(job(3, 4, 5))
    events = []
    while len(events) < 2:
        events += executor.events(0.1)
    executor.close(at_once=True)
    assert events == [result, Died((4, 5), "the worker ended: signal SIGKILL", "crash")]


@pytest.mark.parametrize("trials", [(3,), (3, 4)])
def test_a_failure_in_a_job_of_several_members_does_not_count_as_the_trial_s(tmp_path, python_is, trials):
    failed = ended(3, "failed")
    python_is(f"echo '{encode(failed).strip()}'; sleep 30")
    assert first_event(tmp_path, *trials) == (failed if len(trials) == 1 else Died((3,), ""))


def test_a_worker_is_free_after_the_last_member_of_its_job(tmp_path, python_is):
    python_is("read job; " + "; ".join(f"echo '{encode(ended(n)).strip()}'; read go" for n in (0, 1)))
    executor = executor_in(tmp_path)
    executor.submit(job(0, 1))
    free = []
    for trial in (0, 1):
        while ended(trial) not in list(executor.events(0.1)):
            pass
        free.append(executor.free)
        executor.suggest(Suggestion(trial=1))  # any line makes the script go on
    executor.close(at_once=True)
    assert free == [0, 1]


def test_a_malformed_message_ends_the_worker_and_its_trial(tmp_path, python_is):
    python_is("echo hello; sleep 30")
    assert first_event(tmp_path) == Died(
        (0,), "malformed message from the worker: 'hello\\n' (1 errors)", "crash"
    )


def test_a_worker_that_falls_silent_is_ended(tmp_path, python_is, monkeypatch):
    monkeypatch.setattr(local, "SILENCE", 0.2)
    python_is("sleep 30")
    assert first_event(tmp_path) == Died((0,), "no message from the worker for 200 ms", "silence")


def test_a_trial_over_its_time_is_ended(tmp_path, python_is):
    python_is("""while true; do echo '{"type": "heartbeat"}'; sleep 0.05; done""")
    assert first_event(tmp_path, trial_timeout=0.3) == Died((0,), "it took longer than 300 ms", "time")


def test_messages_of_a_killed_worker_are_ignored(tmp_path, python_is):
    ready = encode(Ready(backend="tensorflow", versions={}, devices=())).strip()
    python_is(f"echo hello; echo '{ready}'; sleep 30")
    executor = executor_in(tmp_path)
    executor.submit(job())
    events = []
    while not events:
        events += executor.events(0.1)
    events += executor.events(0.1)
    executor.close(at_once=True)
    assert [type(event) for event in events] == [Died]


def test_whoever_waits_for_an_event_can_be_woken(tmp_path):
    executor = executor_in(tmp_path)
    Timer(0.1, executor.wake).start()
    assert list(executor.events(timeout=1_000)) == []


@pytest.mark.parametrize(
    ("words", "cause"),
    [("terminate called after throwing an instance of std::bad_alloc", "memory"), ("bus error", "crash")],
)
def test_the_cause_of_a_worker_s_end_follows_from_its_last_output(tmp_path, python_is, words, cause):
    ready = Ready(backend="tensorflow", versions={}, devices=())
    python_is(f"echo '{encode(ready).strip()}'; echo '{words}' >&2; kill -6 $$")
    assert first_event(tmp_path).cause == cause


@pytest.mark.skipif(not can_choose_cores(), reason="there is one core, or no choice among them")
@pytest.mark.parametrize(("device", "is_shared"), [("cpu:0", True), ("gpu:0", False)])
def test_workers_auto_shares_the_cores_as_the_first_trial_has_found(tmp_path, python_is, device, is_shared):
    ready = Ready(backend="tensorflow", versions={}, devices=(device,))
    speeds = Speeds(trial=0, seconds={1: 0.01, num_cores(): 0.01})
    python_is(f"echo '{encode(ready).strip()}'; echo '{encode(speeds).strip()}'; sleep 0.5; kill -9 $$")
    executor = executor_in(tmp_path)
    assert executor.workers == 1
    executor.submit(job())
    events = []
    while not events or not isinstance(events[-1], Died):
        events += executor.events(0.1)
    executor.close(at_once=True)
    shared = [event.workers for event in events if isinstance(event, Shared)]
    assert shared == ([num_cores()] if is_shared else [])
    assert executor.workers == (num_cores() if is_shared else 1)


@pytest.mark.skipif(num_cores() < 2, reason="there is one core, and so one worker")
@pytest.mark.parametrize("slower", (1.0, 2.0))
def test_workers_auto_shares_an_accelerator_as_far_as_trials_train_faster_together(
    tmp_path, python_is, monkeypatch, slower
):
    monkeypatch.setattr(local, "num_cores", lambda: 2)
    ready = Ready(backend="tensorflow", versions={}, devices=("gpu:0",))
    python_is(f"echo '{encode(ready).strip()}'; cat > /dev/null")
    executor = executor_in(tmp_path)
    executor.submit(job(0))
    told = events_of(executor, lambda events: any(isinstance(event, Ready) for event in events))
    assert executor.workers == 1

    def report(trial, seconds):
        (worker,) = (each for each in executor._workers if each.job and trial in each.job.trials)
        epoch = EpochReport(trial=trial, epoch=1, time=0.0, metrics={}, step_seconds=seconds)
        executor._lines.put((worker, encode(EpochReports(reports=(epoch,)))))
        return list(executor.events(0.1))

    told += report(0, 1.0)
    assert executor.workers == 2 and executor.free == 1
    executor.submit(job(1))
    for trial in (1, 0, 1, 0, 0):
        told += report(trial, slower)
    assert executor.free == 0
    executor.close(at_once=True)
    assert [event.workers for event in told if isinstance(event, Shared)] == [2 if slower < 2 else 1]


def events_of(executor, is_enough):
    events = []
    while not is_enough(events):
        events += executor.events(0.1)
    return events


def test_no_process_is_started_before_there_is_a_trial(tmp_path, python_is):
    python_is(f"touch {tmp_path}/started")
    executor = executor_in(tmp_path, workers=3)
    assert executor.free == 3
    executor.close()
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit status 0"),
        (-signal.SIGSEGV, "signal SIGSEGV"),
        (-signal.SIGKILL, "signal SIGKILL"),
    ],
)
def test_the_end_of_a_process_is_described(code, words):
    assert ending(code) == words


def test_a_bundle_that_cannot_be_made_is_reported_with_the_last_output(tmp_path, python_is):
    study = make_study(tmp_path / "mine")
    (add_trial(study, 0).trial_folder(0) / "weights.npz").touch()
    python_is("echo 'the disk is full' >&2; exit 1")
    with pytest.raises(
        SearchError, match=r"the bundle could not be made: .* died \(exit status 1\): the disk is full"
    ):
        finish_again(study, {}, [])
