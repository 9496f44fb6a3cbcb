"""A finish that is interrupted: while finalists are trained again, and while they are tested."""

import os
import shutil
import signal

import pytest

from cnnsearch.data import read_ledger
from cnnsearch.search.finish_plan import read_plan
from cnnsearch.search.launch import run_study
from cnnsearch.study.finalists import Finalists
from tests.faults.harm import Search, family, kill, left_after, study_of, words_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FINISH = "finish harmed --finalists 2 --final-seeds 2"
GO_ON = "Interrupted; all results are saved. Continue with: cnnsearch resume harmed"


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A search of three trials that has not been finished."""
    folder = tmp_path_factory.mktemp("searched")
    assert run_study(study_of(folder, trials=3, epochs=20))
    return folder


@pytest.fixture(scope="module")
def whole(searched, tmp_path_factory):
    """What the finalists come to when nothing disturbs their training."""
    search = copied(searched, tmp_path_factory.mktemp("whole"))
    assert search.call(FINISH).wait(300) == 0, search.said
    return curves(search)


def copied(searched, folder):
    shutil.copytree(searched, folder, dirs_exist_ok=True)
    return Search(folder)


def curves(search):
    """Each retraining's metrics, epoch by epoch."""
    return {
        (r.begun.trial, r.begun.seed): [epoch.metrics for epoch in r.curve]
        for r in Finalists(search.study).all()
    }


def trained(search, epochs):
    """Whether so many epochs of finalists are recorded."""
    return sum(len(curve) for curve in curves(search).values()) >= epochs


def test_ctrl_c_while_finalists_are_trained_ends_with_130_and_resume_goes_on(searched, whole, tmp_path):
    search = copied(searched, tmp_path)
    process = search.call(FINISH)
    search.wait_for(process, lambda: trained(search, 12))
    children = family(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(100) == 130, search.said
    assert search.said.splitlines()[-1] == GO_ON
    assert "Traceback" not in search.said + search.study.log.read_text()
    assert left_after(30, children) == []
    assert not search.study.ledger.exists()
    assert search.call("resume harmed").wait(300) == 0, search.said
    assert curves(search) == whole
    assert read_plan(search.study).is_done and len(read_ledger(search.study.ledger)) == 1


def test_a_killed_finish_goes_on_with_the_same_curves(searched, whole, tmp_path):
    search = copied(searched, tmp_path)
    process = search.call(FINISH)
    search.wait_for(process, lambda: trained(search, 12))
    children = kill(process)
    assert left_after(30, children) == []
    assert search.call("resume harmed").wait(300) == 0, search.said
    assert curves(search) == whole


MOMENTS = {
    "begun": lambda study: "choosing the champion" in study.log.read_text(),
    "tested": lambda study: study.ledger.exists(),
    "written": lambda study: (study.best / "metrics.json").exists(),  # registered after that
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_while_the_bundle_is_made_leaves_no_traceback(searched, tmp_path, moment):
    search = copied(searched, tmp_path)
    process = search.call("finish harmed --finalists 0")
    search.wait_for(process, lambda: MOMENTS[moment](search.study))
    children = family(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(100) == 130, search.said
    assert search.said.splitlines()[-1] == GO_ON
    assert "Traceback" not in search.said + search.study.log.read_text()
    assert left_after(30, children) == []
    assert search.call("resume harmed").wait(300) == 0, search.said
    assert (search.study.best / "metrics.json").exists()


def test_the_process_that_makes_the_bundle_does_not_outlive_the_driver(searched, tmp_path):
    search = copied(searched, tmp_path)
    process = search.call("finish harmed --finalists 0")
    search.wait_for(process, lambda: making_a_bundle(process))
    finishing = making_a_bundle(process)
    process.kill()
    process.wait(100)
    assert left_after(30, finishing) == []
    assert not search.study.ledger.exists()


def making_a_bundle(process):
    return [child for child in family(process.pid) if "cnnsearch.finish.champion:conclude" in words_of(child)]
