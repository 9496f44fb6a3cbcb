import signal
import subprocess
import sys
import time

import numpy as np

from cnnsearch.training.checkpoint import (
    Checkpoint,
    read_checkpoint,
    read_weights,
    write_checkpoint,
    write_weights,
)
from cnnsearch.training.progress import Progress

PROGRESS = Progress(epoch=4, best_epoch=2, best_metrics={"loss": 0.1 + 0.2}, mark=0.25, epochs_without_gain=2)

KILLED_WRITER = """
import sys
from pathlib import Path
import numpy as np
from cnnsearch.training.checkpoint import write_weights
for number in range(10**9):
    write_weights(Path(sys.argv[1]), [np.full(300_000, number)])
    print(number, flush=True)
"""


def make_checkpoint():
    weights = [np.arange(6.0, dtype=np.float32).reshape(2, 3) + i for i in range(12)]
    return Checkpoint(PROGRESS, weights, [np.int64(7), *weights], weights[:3])


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    written = make_checkpoint()
    write_checkpoint(tmp_path / "checkpoint.npz", written)
    read = read_checkpoint(tmp_path / "checkpoint.npz")

    assert read.progress == written.progress
    for group in ("weights", "optimizer", "best_weights"):
        np.testing.assert_equal(getattr(read, group), list(getattr(written, group)))


def test_weights_keep_their_order(tmp_path):
    write_weights(tmp_path / "weights.npz", [np.array(i) for i in range(12)])

    assert [int(array) for array in read_weights(tmp_path / "weights.npz")] == list(range(12))


def test_writing_leaves_one_file(tmp_path):
    write_checkpoint(tmp_path / "checkpoint.npz", make_checkpoint())

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_a_kill_while_writing_leaves_a_complete_file(tmp_path):
    path = tmp_path / "weights.npz"
    for delay in (0.0, 0.01, 0.02):
        writer = subprocess.Popen([sys.executable, "-c", KILLED_WRITER, str(path)], stdout=subprocess.PIPE)
        with writer:
            writer.stdout.readline()
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
        (array,) = read_weights(path)
        assert len(set(array)) == 1
