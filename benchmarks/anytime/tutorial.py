"""The rival's process: the network of TensorFlow's tutorial "Convolutional Neural Network (CNN)", trained by
fit.

`python -m anytime.tutorial LEG.json` reads {"data", "seconds", "seed", "began", "out"} and writes
{"validation", "test", "epochs", "seconds"}. The tutorial's images are 32x32; where the third convolution
would find no room, the feature map is padded (`same`).
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from anytime.splits import Splits, of_arrays, of_folder

BATCH = 32
SMALLEST = 18
"""Pixels of a side that three unpadded convolutions and two poolings need."""


class UntilDeadline(keras.callbacks.Callback):
    """Ends the training at a time, and keeps the weights of the epoch best on validation."""

    def __init__(self, deadline: float, splits: Splits) -> None:
        super().__init__()
        self._deadline, self._splits = deadline, splits
        self.best, self.weights, self.epochs = -1.0, None, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if time.time() >= self._deadline:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs += 1
        score = self._splits.accuracy(self.model, "validation")
        if score > self.best:
            self.best, self.weights = score, self.model.get_weights()
        if time.time() >= self._deadline:
            self.model.stop_training = True


def network(shape: tuple[int, ...], classes: int) -> keras.Model:
    """The tutorial's network."""
    padding = "valid" if min(shape[:2]) >= SMALLEST else "same"
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Rescaling(1 / 255 if shape != (8, 8, 1) else 1 / 16),
            layers.Conv2D(32, 3, activation="relu", padding=padding),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", padding=padding),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", padding=padding),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(classes),
        ]
    )


def main(leg: dict[str, Any]) -> None:
    keras.utils.set_random_seed(leg["seed"])
    data = Path(leg["data"])
    splits = of_folder(data, leg["seed"]) if data.is_dir() else of_arrays(data)
    x, y = splits.parts["train"]
    model = network(x.shape[1:], int(y.max()) + 1)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    watch = UntilDeadline(leg["began"] + leg["seconds"], splits)
    model.fit(x, y, batch_size=BATCH, epochs=100_000, callbacks=[watch], verbose=0)
    model.set_weights(watch.weights)
    found = {
        "validation": watch.best,
        "test": splits.accuracy(model, "test"),
        "epochs": watch.epochs,
        "seconds": time.time() - leg["began"],
    }
    Path(leg["out"]).write_text(json.dumps(found))


if __name__ == "__main__":
    np.set_printoptions(suppress=True)
    main(json.loads(Path(sys.argv[1]).read_text()))
