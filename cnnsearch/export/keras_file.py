"""The format keras: the model saved by Keras."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.bundle.formats import Quantization
from cnnsearch.bundle.model_files import load_model
from cnnsearch.export.comparison import Run
from cnnsearch.export.writer import Network, Writer


class KerasFile(Writer):
    """`model.keras`: can be loaded by Keras with any backend."""

    suffix = ".keras"
    packages = ("keras", "tensorflow")

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Save the model."""
        network.model.save(path)

    def load(self, path: Path) -> Run:
        """Load the saved model."""
        return runner(load_model(path, trusted=True))


def runner(model: Any) -> Run:
    """Return a Keras model as a function of arrays."""

    def run(x: NDArray[np.float32]) -> NDArray[Any]:
        predictions: NDArray[Any] = model.predict_on_batch(x)
        return predictions

    return run
