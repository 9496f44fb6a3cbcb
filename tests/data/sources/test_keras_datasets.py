import gzip
import os
import subprocess
import sys

import numpy as np
import pytest

from cnnsearch.data import load_data
from cnnsearch.errors import DataError
from tests.data.helpers import total


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """Keras with a folder of its own, and no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "keras").mkdir()
    return tmp_path / "keras" / "datasets"


def write_fashion(folder, train=40, test=10):
    """Fashion-MNIST's four files, as Keras keeps them, with noise in place of clothes."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, count in (("train", train), ("t10k", test)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        with gzip.open(folder / f"{name}-images-idx3-ubyte.gz", "wb") as file:
            file.write(bytes(16) + images.tobytes())
        with gzip.open(folder / f"{name}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(bytes(8) + (np.arange(count) % 2).astype(np.uint8).tobytes())


def test_what_keras_has_downloaded_is_read_by_keras(offline, cache):
    write_fashion(offline / "fashion-mnist")
    dataset = load_data("keras:fashion_mnist")
    assert (dataset.input_shape, dataset.summary.name) == ((28, 28, 1), "fashion_mnist")
    assert total(dataset.summary.counts) == {"train": 30, "validation": 10, "test": 10}
    assert dataset.summary.source == "keras:fashion_mnist"


def test_it_is_read_once(offline, cache):
    np.savez(cache / "keras-mnist.npz", x=np.zeros((10, 4, 4), np.uint8), y=np.arange(10) % 2)
    assert load_data("keras:mnist").input_shape == (4, 4, 1)


def test_without_a_network_the_folder_and_the_command_are_shown(offline):
    message = (
        rf"^keras:mnist: {offline}/mnist\.npz is missing or damaged, and could not be downloaded \(.*\)\. "
        rf"On a machine with a network run `.*datasets\.mnist\.load_data\(\)'`, then copy {offline} here\.$"
    )
    with pytest.raises(DataError, match=message):
        load_data("keras:mnist")


def test_an_unknown_name_is_refused():
    with pytest.raises(
        DataError, match=r"^keras:cifar: expected keras: and one of mnist, .*\. Did you mean keras:"
    ):
        load_data("keras:cifar")


def test_keras_is_not_imported_here(offline, cache):
    np.savez(cache / "keras-mnist.npz", x=np.zeros((10, 4, 4), np.uint8), y=np.arange(10) % 2)
    code = "import sys, cnnsearch; cnnsearch.load_data('keras:mnist'); print('keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout == "False\n"
