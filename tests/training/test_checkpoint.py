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


def make_checkpoint():
    weights = [np.arange(6.0, dtype=np.float32).reshape(2, 3) + i for i in range(12)]
    return Checkpoint(PROGRESS, weights, [np.int64(7), *weights], weights[:3])


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    written = make_checkpoint()
    with (tmp_path / "checkpoint.npz").open("wb") as file:
        write_checkpoint(file, written)
    read = read_checkpoint(tmp_path / "checkpoint.npz")

    assert read.progress == written.progress
    for group in ("weights", "optimizer", "best_weights"):
        np.testing.assert_equal(getattr(read, group), list(getattr(written, group)))


def test_weights_keep_their_order(tmp_path):
    with (tmp_path / "weights.npz").open("wb") as file:
        write_weights(file, [np.array(i) for i in range(12)])

    assert [int(array) for array in read_weights(tmp_path / "weights.npz")] == list(range(12))
