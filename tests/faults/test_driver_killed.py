"""The driver is killed at any instant, and the study gone on with."""

import random
import time
from math import floor

import pytest

from tests.faults.harm import Search, kill, left_after
from tests.search.real import table
from tests.tracking.readback import NOLOAD, runs_of

pytestmark = [pytest.mark.timeout(1500), pytest.mark.filterwarnings(NOLOAD)]

START = 8.0
"""Seconds that a search takes about until its first worker trains."""
EPOCH = 0.3
"""Seconds that an epoch takes about."""
OUTLIVED = 30.0
"""Seconds within which everything has to have ended that a killed driver had started."""


def points(seed: int, epochs: int, times: int) -> list[float]:
    """When the driver is killed: epochs recorded by then, and how much of the next, or of the start, is done.

    The last whole number is that of the end: the mirror's last update, the bundle.
    """
    draw = random.Random(seed)
    return sorted(draw.uniform(0, epochs + 1) for _ in range(times))


def reach(search, process, point):
    """Waits until a search has come so far; one that begins beyond it is at its start."""
    enough = floor(point)
    is_beyond = search.study.path.is_dir() and search.epochs() >= enough
    if not is_beyond and enough > 0:
        search.wait_for(process, lambda: search.study.path.is_dir() and search.epochs() >= enough)
    time.sleep((point - enough) * (START if is_beyond or enough == 0 else EPOCH))


def results(study):
    """What is recorded of the trials that have ended, to the letter."""
    return {file.parent.name: file.read_bytes() for file in study.path.glob("trials/*/result.json")}


def killed_at(search, moments):
    """Kills a search at each moment and goes on with it, in the end to its end; says what outlived a kill,
    and what was lost by one."""
    outlived, lost, ended = [], [], {}
    process = search.begin()
    for moment in moments:
        reach(search, process, moment)
        if process.poll() is not None:
            break  # it had come to its end
        outlived += left_after(OUTLIVED, kill(process))
        now = results(search.study)
        lost += [number for number, before in ended.items() if now.get(number) != before]
        ended = now
        process = search.resume() if search.study.path.is_dir() else search.begin()
    assert process.wait(300) == 0, search.said
    assert ended.items() <= results(search.study).items()
    return outlived, lost


def holds(search, unbroken, moments):
    outlived, lost = killed_at(search, moments)
    assert (outlived, lost) == ([], [])
    assert search.study.records().counts()["complete"] == 6
    assert table(search.study) == table(unbroken)
    runs = runs_of(f"sqlite:///{search.study.runs / 'mlflow.db'}", "harmed")
    assert [run.data.tags.get("cnnsearch.trial", "the study's") for run in runs] == ["the study's", *"012345"]
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert (search.study.best / "metrics.json").exists()


def epochs_of(study):
    return sum(len(record.curve) for record in study.records())


@pytest.mark.slow
def test_a_driver_killed_at_three_moments_loses_nothing(tmp_path, unbroken):
    search = Search(tmp_path, "--trials 6 --epochs 3")
    holds(search, unbroken, points(1, epochs_of(unbroken), 3))


@pytest.mark.slow
@pytest.mark.long
def test_a_driver_killed_at_twenty_moments_loses_nothing(tmp_path, unbroken):
    search = Search(tmp_path, "--trials 6 --epochs 3")
    holds(search, unbroken, points(0, epochs_of(unbroken), 20))


@pytest.mark.slow
def test_a_driver_killed_while_the_bundle_is_made_leaves_no_process_that_makes_it(tmp_path):
    search = Search(tmp_path, "--trials 1 --epochs 1")
    process = search.begin()
    search.wait_for(process, lambda: search.study.ledger.exists())
    assert left_after(OUTLIVED, kill(process)) == []
    assert search.resume().wait(300) == 0, search.said
    assert (search.study.best / "metrics.json").exists()


@pytest.mark.slow
@pytest.mark.long
def test_a_driver_of_several_workers_loses_no_trial_either(tmp_path):
    search = Search(tmp_path, "--trials 6 --epochs 3 --pruner none", workers=2)
    outlived, lost = killed_at(search, points(2, 18, 2))
    assert (outlived, lost) == ([], [])
    assert search.study.records().counts()["complete"] == 6
    assert {len(record.curve) for record in search.study.records()} <= {1, 2, 3}
