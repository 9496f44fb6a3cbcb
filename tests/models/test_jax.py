"""The same network on the other backend predicts the same. It runs in a process of its own, since Keras takes
its backend when it is imported."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnsearch.architecture import Architecture, Head, Input, Stage, analyze
from cnnsearch.architecture.blocks import (
    NORMALIZATIONS,
    AveragePool,
    Block,
    Conv,
    DepthwiseConv,
    MaxPool,
    SpatialPyramid,
)
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.architecture.network import Spectrogram
from cnnsearch.models.build import build_model
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.examples import EXAMPLES
from tests.models.helpers import pixels

pytest.importorskip("jax")
ROOT = Path(__file__).parents[2]
COMPOSED = ("convnext", "min_pool", "tiled_conv", "unshared_conv", "local_response", "aspp")
"""The blocks with layers that Keras does not have."""

PREDICT = """
import sys

import keras
import numpy as np

from cnnsearch.architecture import Architecture
from cnnsearch.models.build import build_model

assert keras.backend.backend() == "jax"
with np.load(sys.argv[1]) as given:
    model = build_model(Architecture.model_validate_json(str(given["architecture"])))
    model.set_weights([given[f"weight{number}"] for number in range(len(model.weights))])
    np.savez(sys.argv[2], y=model.predict(given["x"], verbose=0))
"""


def network(shape: tuple[int, ...], blocks: list[Block]) -> Architecture:
    kinds = tuple(kind() for kind in FIXED_FILTERS.values() if len(shape) - 1 in kind.dimensions)
    return Architecture(
        input=Input(shape=shape, fixed_filters=kinds),
        stages=(Stage(blocks=tuple(blocks)),),
        head=Head(pooling=SpatialPyramid(levels=2)),
        outputs=Classification.of(3).outputs,
    )


def on_jax(architecture: Architecture, model: keras.Model, x: np.ndarray, folder: Path) -> np.ndarray:
    """What the same network with the same weights predicts on JAX."""
    given, answer = folder / "given.npz", folder / "answer.npz"
    weights = {f"weight{number}": weight for number, weight in enumerate(model.get_weights())}
    np.savez(given, architecture=np.array(architecture.model_dump_json()), x=x, **weights)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", PREDICT, str(given), str(answer)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(answer) as made:
        return made["y"]


def predicts_the_same(architecture: Architecture, folder: Path) -> None:
    model, x = build_model(architecture), pixels(4, *architecture.input.shape)
    assert model.count_params() == analyze(architecture).num_weights
    y = on_jax(architecture, model, x, folder)
    np.testing.assert_allclose(y, model.predict(x, verbose=0), rtol=1e-3, atol=1e-5)


def test_layers_that_keras_does_not_have(tmp_path):
    predicts_the_same(network((12, 12, 2), [EXAMPLES[word] for word in COMPOSED]), tmp_path)


def test_windows_of_other_sizes_in_each_dimension_and_padding_in_pixels(tmp_path):
    blocks = [
        Conv(filters=4, kernel_size="3x1", strides="1x2", padding="2x1"),
        DepthwiseConv(kernel_size="1x3", strides="2x1"),
        MaxPool(pool_size=3, strides=1, padding=1),
        AveragePool(pool_size="3x2", strides=1, padding="2x0"),
    ]
    predicts_the_same(network((12, 12, 2), blocks), tmp_path)


def test_a_spectrogram(tmp_path):
    given = Input(shape=(100, 2), spectrogram=Spectrogram(window=16, hop=4))
    architecture = Architecture(
        input=given,
        stages=(Stage(blocks=(Conv(filters=4, kernel_size="1x7"),)),),
        outputs=Classification.of(3).outputs,
    )
    predicts_the_same(architecture, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(24, 2), (12, 12, 2), pytest.param((6, 8, 6, 2), marks=pytest.mark.long)])
def test_every_block_and_normalization(tmp_path, shape):
    normalized = [Conv(filters=8, normalization=kind()) for kind in NORMALIZATIONS.values()]
    halving = ("strided_conv", "parallel", "dense_block", "max_pool", "average_pool", "min_pool")
    once = [block for word, block in EXAMPLES.items() if word not in halving]
    predicts_the_same(network(shape, [*normalized, *once]), tmp_path)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("word", ["strided_conv", "parallel", "dense_block", "max_pool", "average_pool"])
def test_blocks_that_halve(tmp_path, word):
    predicts_the_same(network((12, 12, 2), [EXAMPLES[word]]), tmp_path)
