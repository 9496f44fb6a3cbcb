"""The format saved_model: TensorFlow's folder, for TensorFlow Serving and whatever reads it."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.export.comparison import Run
from cnnsearch.export.writer import Network, Writer


class SavedModel(Writer):
    """`saved_model/`: its endpoint `serve` takes any batch."""

    suffix = ""
    packages = ("tensorflow",)

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Exports the model's forward pass."""
        network.model.export(path, format="tf_saved_model", verbose=False)

    def load(self, path: Path) -> Run:
        """The folder, without Keras."""
        loaded = tf.saved_model.load(str(path))

        def run(x: NDArray[np.float32]) -> NDArray[Any]:
            found: NDArray[Any] = loaded.serve(x).numpy()  # holds `loaded`, or its variables would be gone
            return found

        return run
