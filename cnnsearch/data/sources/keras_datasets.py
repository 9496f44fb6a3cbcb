"""`keras:NAME`: a dataset of `keras.datasets`, read once by Keras in a separate process, then cached."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from cnnsearch.caching import cache_folder
from cnnsearch.data.sources.base import NamedSource, Pairs
from cnnsearch.data.sources.npz import read_npz
from cnnsearch.errors import DataError, ProcessError
from cnnsearch.rpc import NO_ANSWER, Call

PREFIX = "keras:"
_FILES = {  # files that Keras downloads to its folder of datasets
    "mnist": "mnist.npz",
    "fashion_mnist": "fashion-mnist/train-images-idx3-ubyte.gz (and three more)",
    "cifar10": "cifar-10-batches-py-target_archive",
    "cifar100": "cifar-100-python-target_archive",
}


@dataclass(frozen=True)
class DownloadRequest:
    """The name of a dataset, and the .npz file to write."""

    name: str
    file: Path


def read_keras(argument: str) -> Pairs:
    """Read a Keras dataset from Keras's cache; Keras downloads it if it is missing.

    Args:
        argument: `keras:mnist`, `keras:fashion_mnist`, `keras:cifar10` or `keras:cifar100`.

    Raises:
        DataError: The dataset is unknown, or it is not in Keras's cache and cannot be downloaded.
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
    request = DownloadRequest(name, path)
    try:
        Call("cnnsearch.data.sources.keras_download:download", request, NO_ANSWER, environment={}).result()
    except ProcessError as error:
        raise DataError(_not_there(name, error.words)) from None


def _not_there(name: str, reason: str) -> str:
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
    return (
        f"{PREFIX}{name}: {home / _FILES[name]} is missing or damaged, and could not be downloaded "
        f"({reason}). On a machine with a network run `python -c 'import keras; "
        f"keras.datasets.{name}.load_data()'`, then copy {home} here."
    )


KERAS_DATASETS = NamedSource(
    f"{PREFIX}NAME", takes=lambda argument: argument.startswith(PREFIX), read=read_keras
)
