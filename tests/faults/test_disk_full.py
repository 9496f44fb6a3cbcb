"""The disk is full in the middle of a search, and has room again afterwards."""

import json
import os
import resource
import subprocess
import time
from contextlib import suppress

import pytest

from tests.faults.harm import Search
from tests.search.real import table
from tests.space.helpers import text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HEAVY = text_of(
    """
    stages: {filters: 8, blocks: conv}
    head: {pooling: flatten, dense: {units: 1000}}
    """,
    "optimizer: {adam: {learning_rate: {low: 0.001, high: 0.01}}}",
    "name: heavy\n",
)
"""Half a million weights: a checkpoint takes 8 MB, the records next to nothing."""


def mount(folder, options):
    """Whether there is a file system in memory now."""
    words = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of 4 MB, until the end of the test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount(folder, "size=4m"):
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, left):
    """Takes all room but so many bytes, or all of it where the search is quicker to take some."""
    state = os.statvfs(folder)
    with suppress(OSError), (folder / "filler").open("ab") as filler:
        filler.write(b"x" * max(0, state.f_bavail * state.f_frsize - left))


def ended_on_full(process, folder, left):
    """The exit status of a search whose disk stays full: what it frees on the way is taken, too."""
    while process.poll() is None:
        fill(folder, left)
        time.sleep(0.02)
    return process.returncode


def readable(study):
    """Reads every file of the records; a spoilt one raises."""
    for file in study.path.glob("trials/*/*.json"):
        json.loads(file.read_text())
    return list(study.records())


def spoken(search):
    return [line for line in search.said.splitlines() if line.startswith("cnnsearch: ")]


@pytest.mark.parametrize(
    "left", [0, *(pytest.param(left, marks=pytest.mark.long) for left in (8_192, 100_000))]
)
def test_a_disk_that_fills_up_ends_the_search_and_loses_nothing(disk, unbroken, left):
    search = Search(disk / "here", "--trials 6 --epochs 3")
    process = search.begin()
    search.wait_for(process, lambda: search.study.path.is_dir() and search.epochs() >= 4)
    status = ended_on_full(process, disk, left)
    records = readable(search.study)
    assert [record.state for record in records if record.result and record.state != "complete"] == []
    assert status == 1
    assert len(spoken(search)) == 1 and "No space left on device" in spoken(search)[0]
    assert "Traceback" not in search.said
    assert mount(disk, "remount,size=64m")
    assert search.resume().wait(300) == 0, search.said
    assert table(search.study) == table(unbroken)


def test_a_checkpoint_that_finds_no_room_costs_no_trial(disk):
    assert mount(disk, "remount,size=32m")
    search = Search(disk / "here", "--trials 3 --epochs 6 --pruner none", HEAVY)
    process = search.begin()
    search.wait_for(process, lambda: search.study.path.is_dir() and search.epochs() >= 1)
    assert ended_on_full(process, disk, 4_000_000) == 1
    assert len(spoken(search)) == 1 and "No space left on device" in spoken(search)[0]
    assert search.study.records().counts()["failed"] == 0
    assert mount(disk, "remount,size=128m")
    assert search.resume().wait(300) == 0, search.said
    assert search.study.records().counts()["complete"] == 3


def test_a_disk_that_is_full_from_the_start_leaves_no_study(disk):
    fill(disk, 20_000)
    search = Search(disk / "here", "--trials 1 --epochs 1")
    assert search.begin().wait(100) == 2
    assert not search.study.path.exists()


def test_a_file_that_may_not_grow_ends_the_search_with_a_message(tmp_path, unbroken):
    search = Search(tmp_path, "--trials 6 --epochs 3")
    process = search.begin()
    search.wait_for(process, lambda: search.study.path.is_dir() and search.epochs() >= 4)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1024, 1024))
    assert process.wait(200) == 1
    assert len(spoken(search)) == 1 and "File too large" in spoken(search)[0]
    assert "Traceback" not in search.said
    readable(search.study)
    assert search.resume().wait(300) == 0, search.said
    assert table(search.study) == table(unbroken)
