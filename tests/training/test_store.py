"""The files of jobs, by name."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnsearch.training.checkpoint import read_weights
from cnnsearch.training.store import WEIGHTS, FolderStore

KILLED_WRITER = """
import sys
from pathlib import Path
import numpy as np
from cnnsearch.training.checkpoint import write_weights
from cnnsearch.training.store import WEIGHTS, FolderStore
files = FolderStore(Path(sys.argv[1]), Path()).files("trials/0000")
for number in range(10**9):
    with files.write(WEIGHTS) as file:
        write_weights(file, [np.full(300_000, number)])
    print(number, flush=True)
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "trials" / "0000").mkdir(parents=True)
    return FolderStore(tmp_path, tmp_path / ".data").files("trials/0000")


def test_a_dataset_is_a_folder_among_others():
    assert FolderStore(Path("runs/mine"), Path("runs/.data")).dataset("ab12") == Path("runs/.data/ab12")


def test_what_is_written_can_be_read_and_removed(files, tmp_path):
    assert files.read(WEIGHTS) is None
    with files.write(WEIGHTS) as file:
        file.write(b"numbers")
    assert files.read(WEIGHTS) == tmp_path / "trials" / "0000" / WEIGHTS
    assert files.read(WEIGHTS).read_bytes() == b"numbers"
    files.remove(WEIGHTS)
    files.remove(WEIGHTS)  # without effect
    assert files.read(WEIGHTS) is None


def test_a_failure_in_writing_keeps_the_old_file_alone(files):
    with files.write(WEIGHTS) as file:
        file.write(b"old")
    with pytest.raises(ValueError, match="in the middle"), files.write(WEIGHTS) as file:
        file.write(b"ne")
        raise ValueError("in the middle")
    assert [path.read_bytes() for path in files.path.iterdir()] == [b"old"]


def test_a_kill_while_writing_leaves_a_complete_file(files, tmp_path):
    for delay in (0.0, 0.01, 0.02):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED_WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        with writer:
            writer.stdout.readline()
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
        (array,) = read_weights(files.read(WEIGHTS))
        assert len(set(array)) == 1
