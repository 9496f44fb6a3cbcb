"""The rival's splits in memory: those of an .npz file, or of a folder as Keras's own loader reads it."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

BATCH = 500
SHARE = 0.112
"""Of the training folder for validation: what cnnsearch takes of CIFAR-10's 50,000 pictures."""


@dataclass(frozen=True)
class Splits:
    """Examples and class indices of each part."""

    parts: dict[str, tuple[np.ndarray, np.ndarray]]

    def accuracy(self, model: keras.Model, part: str) -> float:
        """The share of a part's examples whose likeliest class is theirs."""
        x, y = self.parts[part]
        return float((model.predict(x, batch_size=BATCH, verbose=0).argmax(1) == y).mean())


def of_arrays(file: Path) -> Splits:
    """The three splits of an .npz file."""
    with np.load(file) as arrays:
        return Splits(
            {part: (arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "validation", "test")}
        )


def of_folder(folder: Path, seed: int) -> Splits:
    """`train/` and `test/` with class folders, decoded once by `image_dataset_from_directory`."""
    first = next((folder / "train").glob("*/*"))
    size = keras.utils.load_img(first).size[::-1]
    load = keras.utils.image_dataset_from_directory
    chosen = {"image_size": size, "batch_size": BATCH, "verbose": False}
    train, validation = load(folder / "train", validation_split=SHARE, subset="both", seed=seed, **chosen)
    test = load(folder / "test", shuffle=False, **chosen)
    return Splits(
        {
            part: _gathered(data)
            for part, data in zip(("train", "validation", "test"), (train, validation, test), strict=True)
        }
    )


def _gathered(data: object) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(x.numpy().astype(np.uint8), y.numpy()) for x, y in data]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])
