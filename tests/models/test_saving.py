"""A saved model loads wherever Keras is, without a word of ours, and predicts the same."""

import keras
import numpy as np
import pytest

from cnnsearch.architecture import Architecture, Head, Input, Stage
from cnnsearch.architecture.blocks import (
    AveragePool,
    Conv,
    Group,
    MaxPool,
    MinPool,
    SpatialPyramid,
    TiledConv,
    UnsharedConv,
)
from cnnsearch.architecture.blocks.normalizations import LocalResponseNorm
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.architecture.network import Spectrogram
from cnnsearch.models.build import build_model
from cnnsearch.space import Pixels
from cnnsearch.space.space import prepared_input
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.examples import EXAMPLES
from tests.models.helpers import pixels

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"  # Keras on NumPy 2
)


def same_again(model: keras.Model, x: np.ndarray, folder) -> None:
    model.save(folder / "model.keras")
    again = keras.models.load_model(folder / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))


def network(given: Input, *blocks, **head) -> keras.Model:
    return build_model(
        Architecture(
            input=given,
            stages=(Stage(blocks=blocks),),
            head=Head(**head),
            outputs=Classification.of(3).outputs,
        )
    )


@pytest.mark.parametrize("scaling", ["unit", "standardize"])
def test_a_model_with_scaling(tmp_path, scaling):
    colours = Pixels(means=(10, 100, 200), variances=(4, 9, 16))
    model = network(prepared_input((6, 5, 3), {"scaling": scaling}, colours), Conv(filters=4))
    same_again(model, pixels(4, 6, 5, 3), tmp_path)


@pytest.mark.parametrize(
    "word", ["convnext", "min_pool", "tiled_conv", "unshared_conv", "local_response", "residual", "aspp"]
)
def test_a_model_of_a_block_that_is_more_than_keras_layers_in_a_row(tmp_path, word):
    same_again(network(Input(shape=(8, 8, 4)), EXAMPLES[word]), pixels(4, 8, 8, 4), tmp_path)


@pytest.mark.parametrize("shape", [(12, 2), (6, 5, 2), (6, 5, 7, 2)])
def test_a_model_of_all_layers_that_keras_does_not_have(tmp_path, shape):
    filters = tuple(FIXED_FILTERS[word]() for word in ("sobel", "sharpen"))
    model = network(
        Input(shape=shape, fixed_filters=filters),
        EXAMPLES["convnext"],
        EXAMPLES["min_pool"],
        TiledConv(filters=2),
        UnsharedConv(filters=2, normalization=LocalResponseNorm()),
        Conv(filters=4, normalization=Group(groups=2), spatial_dropout=0.5),
        pooling=SpatialPyramid(levels=2),
    )
    same_again(model, pixels(4, *shape), tmp_path)


@pytest.mark.parametrize("kind", [MaxPool, AveragePool, MinPool])
def test_a_model_of_pools_with_padding_in_pixels(tmp_path, kind):
    model = network(
        Input(shape=(8, 9, 2)), Conv(filters=3, kernel_size="1x3"), kind(pool_size=3, padding="1x2")
    )
    same_again(model, pixels(4, 8, 9, 2), tmp_path)


def test_a_model_with_a_spectrogram(tmp_path):
    given = Input(shape=(100, 2), spectrogram=Spectrogram(window=16, hop=4))
    same_again(network(given, Conv(filters=4)), pixels(4, 100, 2), tmp_path)


@pytest.mark.parametrize("filtered", ["append", "replace"])
def test_fixed_filters_keep_their_kernels(tmp_path, filtered):
    kinds = tuple(kind() for kind in FIXED_FILTERS.values())
    given = Input(shape=(6, 5, 2), fixed_filters=kinds, filtered=filtered)
    same_again(network(given, Conv(filters=3)), pixels(4, 6, 5, 2), tmp_path)


def test_a_model_of_open_size(tmp_path):
    given = Input(shape=(8, 8, 2), size="open", fixed_filters=(FIXED_FILTERS["laplacian"](),))
    blocks = (
        EXAMPLES["convnext"],
        EXAMPLES["min_pool"],
        EXAMPLES["aspp"],
        Conv(filters=3, normalization=LocalResponseNorm()),
    )
    model = network(given, *blocks, pooling=SpatialPyramid(levels=2))
    same_again(model, pixels(4, 11, 9, 2), tmp_path)
