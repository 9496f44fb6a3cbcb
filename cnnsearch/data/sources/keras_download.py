"""Reading of a Keras dataset with Keras, called in a separate process by keras_datasets.py."""

import socket

import numpy as np
from keras import datasets

from cnnsearch.data.sources.keras_datasets import DownloadRequest
from cnnsearch.files import replacing

_SECONDS = 20
"""Network timeout in seconds."""


def download(request: DownloadRequest) -> None:
    """Write a dataset to an .npz file; Keras downloads it if it is not in its cache."""
    socket.setdefaulttimeout(_SECONDS)
    (x_train, y_train), (x_test, y_test) = getattr(datasets, request.name).load_data()
    with replacing(request.file) as file:
        np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
