"""Inputs of networks, and images for them."""

import numpy as np
from PIL import Image

from cnnsearch.bundle.files import InputForm
from cnnsearch.data.values import ValueRange

VALUES = ValueRange(low=-1.0, high=1.0, dtype="float32", origin="train")
DIGITS = InputForm(shape=(8, 8, 1), dtype="uint8")
COLOURS = InputForm(shape=(6, 5, 3), dtype="uint8", channel_mode="RGB", image_size=(6, 5))
SIGNALS = InputForm(shape=(12, 2), dtype="float32", values=VALUES)


def picture(path, height=8, width=8, mode="L", **save):
    """Write an image of random pixels, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (height, width) if mode == "L" else (height, width, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path, **save)
    return path
