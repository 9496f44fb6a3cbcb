import threading

import numpy as np
import pytest

from cnnsearch.data import load_data, open_stored
from cnnsearch.errors import DataError
from tests.data.helpers import keras_arrays, write_npz


def load(tmp_path, **settings):
    return load_data(write_npz(tmp_path / "set.npz", **keras_arrays(train=40)), **settings)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_splits_come_back_unchanged(tmp_path):
    dataset = load(tmp_path)
    stored = open_stored(dataset.store(tmp_path / "data"))
    assert np.array_equal(stored.train.x, dataset.train.x) and np.array_equal(stored.train.y, dataset.train.y)
    assert np.array_equal(stored.validation.x, dataset.validation.x)


def test_the_summary_comes_back_unchanged(tmp_path):
    dataset = load(tmp_path)
    assert open_stored(dataset.store(tmp_path)).summary == dataset.summary


def test_the_arrays_are_mapped_read_only(tmp_path):
    stored = open_stored(load(tmp_path).store(tmp_path))
    assert isinstance(stored.train.x, np.memmap) and not stored.train.x.flags.writeable


def test_the_test_split_lies_apart(tmp_path):
    assert files(load(tmp_path).store(tmp_path)) == [
        "sealed/x_test.npy",
        "sealed/y_test.npy",
        "summary.json",
        "x_train.npy",
        "x_validation.npy",
        "y_train.npy",
        "y_validation.npy",
    ]


def test_the_folder_is_named_after_the_content(tmp_path):
    dataset = load(tmp_path)
    assert dataset.store(tmp_path).name.startswith(dataset.summary.fingerprint[:16] + "-")


def test_another_seed_is_stored_apart(tmp_path):
    assert load(tmp_path).store(tmp_path) != load(tmp_path, seed=1).store(tmp_path)


def test_what_is_there_is_reused(tmp_path):
    folder = load(tmp_path).store(tmp_path)
    before = (folder / "x_train.npy").stat().st_mtime_ns
    assert load(tmp_path).store(tmp_path) == folder
    assert (folder / "x_train.npy").stat().st_mtime_ns == before


def test_storing_at_the_same_time_leaves_one_folder(tmp_path):
    dataset, directory = load(tmp_path), tmp_path / "data"
    threads = [threading.Thread(target=dataset.store, args=[directory]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(directory.iterdir()) == [dataset.store(directory)]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    directory = tmp_path / "data"

    def fail(_):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        load(tmp_path).store(directory)
    assert list(directory.iterdir()) == []


def test_a_folder_without_a_stored_dataset_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"found no stored dataset; expected a folder that Dataset\.store returned\.$"
    ):
        open_stored(tmp_path)
