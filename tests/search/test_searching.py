"""Complete searches with real workers: killed, interrupted, resumed, repeated."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from cnnsearch.api import resume, search
from cnnsearch.search.launch import run_study
from cnnsearch.study.events import TrialChanged, WorkersReady
from cnnsearch.study.folder import Study
from tests.search.real import TINY, stopping_in, table, tiny_study, wait_until_stopped

pytestmark = pytest.mark.timeout(240)

CALL = (sys.executable, "-c", "from cnnsearch.cli import main; main()")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted search."""
    study = tiny_study(tmp_path_factory.mktemp("whole"))
    assert run_study(study)
    return study


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if "cnnsearch.worker" in child.cmdline()]


def started(folder: Path, call: Sequence[str] = CALL) -> "subprocess.Popen[str]":
    """The same search as `whole`, from the command line."""
    folder.mkdir(exist_ok=True)
    (folder / "tiny.yaml").write_text(TINY)
    arguments = "search tiny.yaml --data digits --trials 3 --epochs 2 --pruner none --workers 1"
    command = [*call, *arguments.split()]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    while not path.exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)


def test_a_search_trains_as_many_trials_as_asked_for(whole):
    assert [record.state.value for record in whole.records()] == ["complete"] * 3
    assert [len(record.curve) for record in whole.records()] == [2, 2, 2]


def test_a_search_leaves_no_process_behind(whole):
    assert workers_of(psutil.Process()) == []


def test_a_worker_starts_once_for_all_trials(whole):
    assert whole.log.read_text().count("worker ready") == 1


def test_the_mirror_has_brought_everything_up_to_date(whole):
    assert (whole.path / "study.db").exists()
    assert (whole.runs / "mlflow.db").exists()


def test_a_killed_driver_is_resumed_to_the_same_table(tmp_path, whole):
    process = started(tmp_path, stopping_in(trial=1))
    study = Study(tmp_path / "runs" / "tiny-digits")
    wait_until_stopped(process)
    workers = workers_of(psutil.Process(process.pid))
    process.kill()
    process.communicate(timeout=60)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []  # a worker ends with its driver
    assert [len(record.curve) for record in study.records()] == [2, 1]
    assert run_study(study)
    assert table(study) == table(whole)


def test_ctrl_c_exits_with_130_and_explains_the_resume(tmp_path, whole):
    process = started(tmp_path)
    study = Study(tmp_path / "runs" / "tiny-digits")
    wait_for(study.path / "trials" / "0001" / "candidate.json", process)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.splitlines()[-1].endswith("Continue with: cnnsearch resume tiny-digits")
    assert "Traceback" not in out + study.log.read_text()
    assert run_study(study)
    assert table(study) == table(whole)


def kills(times):
    """A watcher that kills the worker of trial 1 a number of times."""
    left = [None] * times

    def kill(event):
        if (
            isinstance(event, TrialChanged)
            and event.record.number == 1
            and event.record.result is None
            and left
        ):
            left.pop()
            [worker] = workers_of(psutil.Process())
            worker.kill()

    return kill


@pytest.mark.slow
def test_the_trial_of_a_killed_worker_resumes_exactly(tmp_path):
    whole, harmed = tiny_study(tmp_path / "whole"), tiny_study(tmp_path / "harmed")
    assert run_study(whole)
    assert run_study(harmed, [kills(1)])
    assert table(harmed) == table(whole)
    assert harmed.records()[1].trial.retries == 1


@pytest.mark.slow
def test_a_worker_killed_twice_costs_one_trial(tmp_path):
    study = tiny_study(tmp_path)
    assert run_study(study, [kills(2)])
    records = study.records()
    assert [record.state.value for record in records] == ["complete", "failed", "complete"]
    assert records[1].reason == "the worker ended: signal SIGKILL, for the second time"


@pytest.mark.slow
def test_at_the_time_limit_the_trial_under_way_is_stopped(tmp_path):
    study = tiny_study(tmp_path, trials=None, timeout=1, epochs=10_000)
    assert run_study(study)
    [record] = study.records()
    assert record.state == "pruned"
    assert record.reason == "the time limit was reached"
    assert (study.path / "trials" / "0000" / "weights.npz").exists()


def is_bundled(found):
    """Return whether a planned search reached its end and its champion was tested."""
    champion, metrics = found.champion, found.metrics
    assert found.is_finished and champion.trial.fidelity is not None
    assert (metrics.test_examples, metrics.test_readings) == (359, 1)
    return found.load_model().count_params() == champion.trial.counts["weights"]


def test_a_time_limit_of_seconds_is_planned_for_and_ends_in_a_bundle(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    found = search(tmp_path / "tiny.yaml", "digits", runs=tmp_path / "runs", timeout=5.0, watchers=[])

    assert is_bundled(found) and (found.path / "plan.json").exists()
    assert "plan: " in found.study.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("timeout", [0.1, pytest.param(20.0, marks=pytest.mark.long)])
def test_every_time_limit_ends_in_a_bundle(tmp_path, timeout):
    (tmp_path / "tiny.yaml").write_text(TINY)
    found = search(tmp_path / "tiny.yaml", "digits", runs=tmp_path / "runs", timeout=timeout, watchers=[])

    assert is_bundled(found)


@pytest.mark.slow
def test_a_killed_planned_search_resumes_its_plan(tmp_path):
    tmp_path.joinpath("tiny.yaml").write_text(TINY)
    arguments = "search tiny.yaml --data digits --timeout 1h --trials 3 --workers 1 --finalists 0"
    process = subprocess.Popen([*stopping_in(trial=1), *arguments.split()], cwd=tmp_path)
    study = Study(tmp_path / "runs" / "tiny-digits")
    while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait(timeout=60)
    before, interrupted = (study.path / "plan.json").read_text(), study.records()[1]
    assert run_study(study)
    after = study.records()

    assert (study.path / "plan.json").read_text() == before
    assert after[1].trial.fidelity == interrupted.trial.fidelity
    reports = len(interrupted.curve)
    assert [e.metrics for e in after[1].curve[:reports]] == [e.metrics for e in interrupted.curve]
    assert [record.state.value for record in after if record.curve] == ["complete"] * 3


@pytest.mark.slow
def test_two_workers_share_the_trials(tmp_path):
    ready = []
    study = tiny_study(tmp_path, workers=2, trials=6)
    assert run_study(study, [lambda event: ready.append(event) if isinstance(event, WorkersReady) else None])
    assert len(ready) == 2
    assert study.records().counts()["complete"] == 6
    assert workers_of(psutil.Process()) == []


@pytest.mark.slow
def test_a_search_on_jax_ends_with_a_bundle(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    runs = tmp_path / "runs"
    found = search(
        tmp_path / "tiny.yaml", "digits", runs=runs, trials=2, epochs=2, backend="jax", watchers=[]
    )
    assert len(found.trials) == 2
    assert found.metrics["test_accuracy"] == pytest.approx(found.metrics["validation_accuracy"], abs=0.2)
    assert "jax" in found.study.log.read_text()


@pytest.mark.slow
def test_a_compiled_search_trains_groups_and_ends_with_a_bundle(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    found = search(
        tmp_path / "tiny.yaml",
        "digits",
        runs=tmp_path / "runs",
        trials=5,
        epochs=3,
        engine="compiled",
        group_size=3,
        watchers=[],
    )
    uses = [record.result.use for record in found.study.records()]
    assert [use.engine for use in uses] == ["compiled"] * 5
    assert [use.group for use in uses] == [3, 3, 3, 2, 2]
    assert all(use.compile_seconds > 0 for use in uses)
    assert found.metrics["test_accuracy"] == pytest.approx(found.metrics["validation_accuracy"], abs=0.2)


@pytest.mark.slow
@pytest.mark.long
def test_a_finished_search_is_given_a_larger_budget_from_python(tmp_path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    first = search(tmp_path / "tiny.yaml", "digits", runs=tmp_path / "runs", trials=1, epochs=1, watchers=[])
    readings = first.study.ledger.read_text()
    again = resume(first.path, watchers=[])
    assert again.study.ledger.read_text() == readings  # nothing new: the test split stays closed
    grown = resume(first.path, trials=2, watchers=[])
    assert list(grown.trials["number"]) == [0, 1]
    assert grown.is_finished
    assert grown.best.value == max(grown.trials["value"])
    assert grown.load_model().count_params() == grown.best.trial.counts["weights"]
