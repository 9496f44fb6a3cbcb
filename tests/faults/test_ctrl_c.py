"""Ctrl-C reaches the search's whole group of processes: once, and twice."""

import os
import signal
import time

import pytest

from cnnsearch.search.launch import run_study
from cnnsearch.search.mirror import LONGEST_CLOSING
from tests.faults.harm import BEGUN, SLOW, Search, family, left_after, study_of
from tests.search.real import table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GO_ON = "Interrupted; all results are saved. Continue with: cnnsearch resume harmed"
OPTIONS = "--trials 3 --epochs 3 --pruner none"


def long(value):
    """A case that is only tried before a release."""
    return pytest.param(value, marks=pytest.mark.long)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    study = study_of(tmp_path_factory.mktemp("whole"), SLOW, pruner="none")
    assert run_study(study)
    return study


def press(process):
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("times", [1, long(2)])
def test_ctrl_c_ends_with_130_and_can_be_gone_on_with(tmp_path, whole, times):
    search = Search(tmp_path, OPTIONS, SLOW)
    process = search.begin()
    search.wait_for(process, lambda: search.study.path.is_dir() and search.epochs() >= 4)
    children = family(process.pid)
    press(process)
    if times == 2:
        search.wait_for(process, lambda: "press it again" in search.said)
        press(process)
    assert process.wait(100) == 130
    assert search.said.splitlines()[-1] == GO_ON
    assert "Traceback" not in search.said + search.study.log.read_text()
    assert left_after(LONGEST_CLOSING + 30, children) == []
    # Once: the epoch under way is ended first, and its state kept. Twice: it is not.
    [interrupted] = [record for record in search.study.records() if record.result is None]
    assert len(interrupted.curve) == 3 - times
    assert search.resume().wait(200) == 0, search.said
    assert table(search.study) == table(whole)


@pytest.mark.parametrize("moment", [0.0, long(0.5), 2.0, long(4.0)])
def test_ctrl_c_while_a_search_comes_up_ends_with_130(tmp_path, moment):
    search = Search(tmp_path, OPTIONS)
    process = search.begin()
    search.wait_for(process, lambda: BEGUN in search.said)
    time.sleep(moment)
    press(process)
    assert process.wait(100) == 130, search.said
    assert "Traceback" not in search.said


@pytest.mark.parametrize("moment", [long(0.0), 1.0, long(3.0)])
def test_ctrl_c_after_the_last_trial_shows_the_command_to_continue(tmp_path, moment):
    """What is left then is the mirror's last update, and the bundle."""
    search = Search(tmp_path, "--trials 1 --epochs 1")
    process = search.begin()
    search.wait_for(process, lambda: (search.study.path / "trials" / "0000" / "result.json").exists())
    children = family(process.pid)
    time.sleep(moment)
    press(process)
    assert process.wait(100) == 130, search.said
    assert search.said.splitlines()[-1] == GO_ON
    assert "Traceback" not in search.said + search.study.log.read_text()
    assert left_after(LONGEST_CLOSING + 30, children) == []
    assert search.resume().wait(200) == 0, search.said
    assert (search.study.best / "metrics.json").exists()
