"""Calls of functions in `tests.rpc.answering`, each in a separate process."""

import math
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from pydantic import TypeAdapter

from cnnsearch.errors import ProcessError, SearchError, StudyError
from cnnsearch.rpc import NO_ANSWER, Call
from tests.rpc.answering import Question, Reply

ROOT = {"PYTHONPATH": str(Path.cwd())}  # where `tests` is; -P leaves the current folder out
REPLY = TypeAdapter(Reply)


def call(function, text="", answers=REPLY, environment=ROOT, folder=Path(), **options):
    request = Question(text, folder)
    return Call(f"tests.rpc.answering:{function}", request, answers, environment=environment, **options)


def processes(folder):
    """Return the process of `wait` and the process that it started, once both exist."""
    while not (folder / "pids").exists():
        time.sleep(0.02)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def are_gone(pids):
    """Return whether processes end; the time limit of the test ends the wait."""
    while any(map(is_running, pids)):
        time.sleep(0.02)
    return True


def is_running(pid):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_a_request_and_its_answer_are_values_of_their_types():
    assert call("reply", "something").result() == Reply("something")


def test_a_function_may_answer_nothing():
    assert call("nothing", answers=NO_ANSWER).result() is None


def test_answers_come_one_by_one():
    with call("count", "3") as answers:
        assert [answer.number for answer in answers] == [0, 1, 2]


def test_many_answers_and_a_long_request_fit_through():
    with call("count", f"{5000:>1000000}") as answers:
        assert sum(1 for _ in answers) == 5000


def test_a_number_that_is_none_arrives():
    assert math.isnan(call("not_a_number").result().number)


def test_variables_of_the_environment_are_added_to_those_of_this_process(monkeypatch):
    monkeypatch.setenv("HERE", "inherited")
    assert call("environment", "HERE").result() == Reply("inherited")
    assert call("environment", "HERE", environment=ROOT | {"HERE": "given"}).result() == Reply("given")


def test_keras_is_loaded_where_it_is_asked_for():
    settings = ROOT | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    assert call("loaded", "keras", environment=settings).result() == Reply("False")
    assert call("loaded", "keras", environment=settings, keras=True).result() == Reply("True")


def test_what_is_printed_is_appended_to_the_log(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    call("nothing", answers=NO_ANSWER, log=log).result()
    assert log.read_text() == "before\nwhat a library prints\n"


def test_answers_before_an_error_arrive():
    with call("fail", "failure") as answers:
        assert next(iter(answers)) == Reply("before")


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("wrong input", StudyError, "this is wrong"),
        ("failure", SearchError, "this failed"),
        ("infeasible", SearchError, "this is too small"),
    ],
)
def test_an_error_of_the_package_is_raised_again(text, kind, message):
    with pytest.raises(kind, match=f"^{message}$") as caught, call("fail", text) as answers:
        list(answers)
    assert type(caught.value) is kind


def test_a_bug_is_reported_with_the_last_line_of_the_log(tmp_path):
    log = tmp_path / "log.txt"
    with pytest.raises(ProcessError) as caught, call("fail", "bug", log=log) as answers:
        list(answers)
    died = "the process of tests.rpc.answering:fail died (exit status 1)"
    assert str(caught.value) == f"{died}: KeyError: 'a bug' ({log})"


def test_a_process_that_dies_is_reported():
    with (
        pytest.raises(ProcessError, match=r"\(exit status 9\): what a library prints$") as caught,
        call("fail", "crash") as answers,
    ):
        list(answers)
    assert caught.value.ending == "exit status 9"


def test_a_function_that_is_not_there_is_reported():
    with pytest.raises(ProcessError, match="AttributeError"):
        call("nowhere").result()


def test_a_call_that_takes_too_long_is_ended_with_all_it_started(tmp_path):
    with pytest.raises(TimeoutError), call("wait", folder=tmp_path, timeout=5) as answers:
        pids = processes(tmp_path)
        answers.result()
    assert are_gone(pids)


def test_what_is_raised_meanwhile_ends_the_process(tmp_path):
    def meanwhile():
        if (tmp_path / "pids").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call("wait", folder=tmp_path, meanwhile=meanwhile).result()
    assert are_gone(processes(tmp_path))


def test_leaving_early_ends_the_process(tmp_path):
    with call("wait", folder=tmp_path):
        pids = processes(tmp_path)
    assert are_gone(pids)


def test_a_process_does_not_outlive_its_caller(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.rpc.test_rpc import call;"
        "call('wait', folder=Path(sys.argv[1])).result()"
    )
    caller = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env=os.environ | ROOT)
    pids = processes(tmp_path)
    caller.kill()
    caller.wait()
    assert are_gone(pids)


def test_ctrl_c_does_not_reach_the_process(tmp_path):
    with call("wait", folder=tmp_path):
        assert os.getsid(processes(tmp_path)[0]) != os.getsid(0)
