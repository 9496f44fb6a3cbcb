"""Reads one of Keras's datasets by Keras's own function, in a process of its own; see keras_datasets.py."""

import socket

import numpy as np
from keras import datasets

from cnnsearch.data.sources.keras_datasets import DownloadRequest
from cnnsearch.files import replacing

_SECONDS = 20
"""How long a server may be silent."""


def download(request: DownloadRequest) -> None:
    """Write a dataset into an .npz file, out of Keras's cache, or downloaded into it."""
    socket.setdefaulttimeout(_SECONDS)
    (x_train, y_train), (x_test, y_test) = getattr(datasets, request.name).load_data()
    with replacing(request.file) as file:
        np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
