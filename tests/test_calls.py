import os
from pathlib import Path

import pytest

from cnnsearch.calls import ask
from cnnsearch.errors import InputError, SearchError


@pytest.fixture
def asked(tmp_path):
    """Asks the answering process; its answers, and where it printed to."""
    log = tmp_path / "log.txt"
    settings = os.environ | {
        "PYTHONPATH": str(Path.cwd())
    }  # where `tests` is; -P leaves the current folder out

    def call(request):
        with log.open("a+b") as file:
            return list(ask("tests.answering", request, file, settings))

    call.log = log
    return call


def test_answers_come_as_they_were_given(asked):
    assert asked("something") == [{"asked": "something"}]


def test_what_is_printed_beside_goes_to_the_log(asked):
    asked("something")
    assert asked.log.read_text() == "what a library prints\n"


def test_wrong_input_is_told_as_such(asked):
    with pytest.raises(InputError, match=r"^this is wrong$"):
        asked("wrong input")


def test_a_failure_is_told_as_such(asked):
    with pytest.raises(SearchError, match=r"^this failed$"):
        asked("failure")


def test_a_bug_is_told_with_its_last_line(asked):
    with pytest.raises(SearchError, match=r"died \(exit status 1\): KeyError: 'a bug'"):
        asked("bug")


def test_a_process_that_dies_is_told(asked):
    with pytest.raises(SearchError, match=r"the process that does the work died \(exit status 9\)"):
        asked("crash")
