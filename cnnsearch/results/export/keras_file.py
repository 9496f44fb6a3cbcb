"""The format keras: the model as Keras saves it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnsearch.results.export.comparison import Run
from cnnsearch.results.export.formats import Quantization
from cnnsearch.results.export.writer import Network, Writer
from cnnsearch.results.model_files import load_model


class KerasFile(Writer):
    """`model.keras`: loads wherever Keras is, on any of its backends."""

    suffix = ".keras"
    packages = ("keras", "tensorflow")

    def write(self, network: Network, path: Path, quantization: Quantization) -> None:
        """Saves the model."""
        network.model.save(path)

    def load(self, path: Path) -> Run:
        """The saved model."""
        return runner(load_model(path, trusted=True))


def runner(model: Any) -> Run:
    """A Keras model as a function of arrays."""

    def run(x: NDArray[np.float32]) -> NDArray[Any]:
        found: NDArray[Any] = model.predict_on_batch(x)
        return found

    return run
