"""Data of every type and range reach a network alike: rescaled to 0..1 by its first layer."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cnnsearch import load_data, load_space
from cnnsearch.data import open_stored
from cnnsearch.search.target import Target

DIGITS = load_digits()


def arrays(folder, x):
    np.savez(folder / "set.npz", x=x, y=DIGITS.target)
    return folder / "set.npz"


def images(folder, x, suffix):
    for number, (pixels, label) in enumerate(zip(x[:300], DIGITS.target[:300], strict=True)):
        place = folder / "set" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{number}.{suffix}")
    return folder / "set"


def scaled(highest, dtype):
    return np.rint(DIGITS.images * (highest / 16)).astype(dtype)


BROUGHT = {
    "uint8 of 0 and 1": lambda folder: arrays(folder, (DIGITS.images > 8).astype(np.uint8)),
    "bool": lambda folder: arrays(folder, DIGITS.images > 8),
    "uint8 to 16": lambda folder: arrays(folder, scaled(16, np.uint8)),
    "uint8 to 255": lambda folder: arrays(folder, scaled(255, np.uint8)),
    "int64 to 16": lambda folder: arrays(folder, scaled(16, np.int64)),
    "floats to 255": lambda folder: arrays(folder, scaled(255, np.float32)),
    "floats to 1": lambda folder: arrays(folder, DIGITS.images / 16),
    "floats from -1 to 1": lambda folder: arrays(folder, DIGITS.images / 8 - 1),
    "8-bit PNG": lambda folder: images(folder, scaled(255, np.uint8), "png"),
    "16-bit PNG to 4095": lambda folder: images(folder, scaled(4095, np.uint16), "png"),
    "16-bit TIFF to 900": lambda folder: images(folder, scaled(900, np.uint16), "tiff"),
    "16-bit PNG to 250": lambda folder: images(folder, scaled(250, np.uint16), "png"),
}


@pytest.mark.parametrize("brought", BROUGHT)
def test_a_network_sees_values_from_0_to_1(tmp_path, brought):
    stored = open_stored(load_data(BROUGHT[brought](tmp_path)).store(tmp_path / "stored"))
    target = Target.of(stored.summary)
    candidate = load_space("lenet5").sample_random(
        0, input_shape=target.input_shape, task=target.task, pixels=target.pixels
    )
    (scale,), (offset,) = candidate.architecture.input.scale, candidate.architecture.input.offset
    seen = stored.train.x * scale + offset
    assert stored.summary.input_shape == (8, 8, 1)
    assert seen.min() == pytest.approx(0) and seen.max() == pytest.approx(1, abs=0.03)
