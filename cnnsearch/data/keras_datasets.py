"""`keras:NAME`: a dataset that Keras brings, read by Keras's own function in a process of its own, once."""

import difflib
import os
import subprocess
from pathlib import Path

from cnnsearch.caching import cache_folder
from cnnsearch.data.npz import Pairs, read_npz
from cnnsearch.errors import DataError
from cnnsearch.files import replacing
from cnnsearch.processes import python_command

PREFIX = "keras:"
_FILES = {  # what Keras downloads, below its folder of datasets
    "mnist": "mnist.npz",
    "fashion_mnist": "fashion-mnist/train-images-idx3-ubyte.gz (and three more)",
    "cifar10": "cifar-10-batches-py-target_archive",
    "cifar100": "cifar-100-python-target_archive",
}
_SCRIPT = """
import socket, sys
import numpy as np
socket.setdefaulttimeout(20)
from keras import datasets
(x_train, y_train), (x_test, y_test) = getattr(datasets, sys.argv[1]).load_data()
with open(sys.argv[2], 'wb') as file:
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
"""


def read_keras(argument: str) -> Pairs:
    """Reads one of Keras's datasets, out of Keras's cache; Keras downloads it where it is not there.

    Args:
        argument: `keras:mnist`, `keras:fashion_mnist`, `keras:cifar10` or `keras:cifar100`.

    Raises:
        DataError: There is no such dataset, or it is not in Keras's cache and cannot be downloaded.
    """
    name = argument.removeprefix(PREFIX)
    if name not in _FILES:
        near = difflib.get_close_matches(name, _FILES)
        hint = f" Did you mean {PREFIX}{near[0]}?" if near else ""
        raise DataError(f"{argument}: expected {PREFIX} and one of {', '.join(_FILES)}.{hint}")
    path = cache_folder() / f"keras-{name}.npz"
    if not path.is_file():
        _fetch(name, path)
    return read_npz(path)


def _fetch(name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        command = python_command("-c", _SCRIPT, name, file.name)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DataError(_not_there(name, done.stderr))


def _not_there(name: str, output: str) -> str:
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
    reason = output.strip().splitlines()[-1] if output.strip() else "Keras ended without a word"
    return (
        f"{PREFIX}{name}: {home / _FILES[name]} is not there or damaged, and could not be downloaded "
        f"({reason}). On a machine with a network run `python -c 'import keras; "
        f"keras.datasets.{name}.load_data()'`, then copy {home} here."
    )
