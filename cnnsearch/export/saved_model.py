"""The format saved_model: TensorFlow's folder, for TensorFlow Serving and other readers."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.export.comparison import Run
from cnnsearch.export.writer import Network, Writer


class SavedModel(Writer):
    """`saved_model/`: its endpoint `serve` takes any batch size."""

    suffix = ""
    packages = ("tensorflow",)

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Export the model's forward pass."""
        network.model.export(path, format="tf_saved_model", verbose=False)

    def load(self, path: Path) -> Run:
        """Load the folder with TensorFlow, without Keras."""
        loaded = tf.saved_model.load(str(path))

        def run(x: NDArray[np.float32]) -> NDArray[Any]:
            predictions: NDArray[Any] = loaded.serve(x).numpy()  # keeps `loaded`, which owns the variables
            return predictions

        return run
