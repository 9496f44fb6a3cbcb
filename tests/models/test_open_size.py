"""Networks whose input's size is open: other sizes predict, with the weights of the fixed one."""

import keras
import numpy as np
import pytest

from cnnsearch.architecture import Architecture, Head, Input, Stage, analyze
from cnnsearch.architecture.blocks import (
    BLOCKS,
    HEAD_POOLINGS,
    NORMALIZATIONS,
    Conv,
    Parallel,
    Series,
    StridedConv,
)
from cnnsearch.architecture.decoder import Decoder
from cnnsearch.architecture.filters import FIXED_FILTERS
from cnnsearch.architecture.network import Spectrogram
from cnnsearch.models.build import build_model
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.examples import EXAMPLES
from tests.models.helpers import pixels
from tests.models.spaces import as_map

OPEN_HEADS = [word for word, pooling in HEAD_POOLINGS.items() if not pooling.needs_fixed_size]
OPEN_BLOCKS = [word for word, block in BLOCKS.items() if not block.needs_fixed_size]
OTHER_SIZES = {
    (12, 2): [(12, 2), (29, 2)],
    (8, 8, 2): [(8, 16, 2), (21, 10, 2)],
    (8, 8, 10, 2): [(9, 8, 14, 2)],
}


def network(shape: tuple[int, ...], *blocks, size: str = "open", **more) -> Architecture:
    given = Input(shape=shape, size=size, fixed_filters=(FIXED_FILTERS["sobel"](),))
    return Architecture(
        input=given, stages=(Stage(blocks=blocks),), outputs=Classification.of(3).outputs, **more
    )


def predicts(model: keras.Model, *shape: int) -> bool:
    y = model.predict(pixels(3, *shape), verbose=0)
    return y.shape == (3, 3) and bool(np.allclose(y.sum(axis=1), 1.0, rtol=1e-4))


@pytest.mark.parametrize("shape", OTHER_SIZES)
@pytest.mark.parametrize("word", OPEN_HEADS)
def test_a_head_takes_other_sizes(word, shape):
    model = build_model(network(shape, StridedConv(filters=3), head=Head(pooling=HEAD_POOLINGS[word]())))
    assert model.input_shape == (None, *(None for _ in shape[1:]), 2)
    for other in OTHER_SIZES[shape]:
        assert predicts(model, *other)


@pytest.mark.parametrize("shape", OTHER_SIZES)
def test_normalizations_and_layers_that_keras_does_not_have_take_other_sizes(shape):
    normalized = (Conv(filters=8, normalization=kind()) for kind in NORMALIZATIONS.values())
    beside = Parallel(branches=(Series(blocks=()), EXAMPLES["convnext"]))
    model = build_model(network(shape, *normalized, beside, EXAMPLES["min_pool"]))
    for other in OTHER_SIZES[shape]:
        assert predicts(model, *other)


@pytest.mark.parametrize("word", OPEN_BLOCKS)
def test_a_block_takes_other_sizes(word):
    model = build_model(network((8, 8, 2), Conv(filters=4), EXAMPLES[word]))
    assert predicts(model, 12, 16, 2)


@pytest.mark.parametrize("word", OPEN_HEADS)
def test_an_open_network_is_the_fixed_one(word):
    head = Head(pooling=HEAD_POOLINGS[word]())
    blocks = (EXAMPLES["convnext"], EXAMPLES["residual"])
    fixed, opened = (network((8, 8, 2), *blocks, size=size, head=head) for size in ("fixed", "open"))
    assert analyze(opened) == analyze(fixed)
    first, second = build_model(fixed), build_model(opened)
    second.set_weights(first.get_weights())
    x = pixels(4, 8, 8, 2)
    np.testing.assert_allclose(first.predict(x, verbose=0), second.predict(x, verbose=0), rtol=1e-4)


def test_a_spectrogram_takes_signals_of_any_length():
    given = Input(shape=(100, 2), size="open", spectrogram=Spectrogram(window=16, hop=4))
    outputs = Classification.of(3).outputs
    model = build_model(
        Architecture(input=given, stages=(Stage(blocks=(Conv(filters=4),)),), outputs=outputs)
    )
    assert model.input_shape == (None, None, 2)
    assert predicts(model, 16, 2) and predicts(model, 333, 2)


@pytest.mark.parametrize("word", OPEN_BLOCKS)
def test_the_weights_are_what_the_analysis_counts(word):
    architecture = network((8, 8, 2), Conv(filters=4), EXAMPLES[word])
    assert build_model(architecture).count_params() == analyze(architecture).num_weights


@pytest.mark.parametrize("shape", OTHER_SIZES)
@pytest.mark.parametrize("skip", ("concatenate", "none"))
@pytest.mark.parametrize("upsample", ("transposed_conv", "nearest", "bilinear"))
def test_a_decoder_gives_every_position_of_other_sizes_its_output(upsample, skip, shape):
    down = (Conv(filters=3, strides=2), Conv(filters=3, strides=3, padding="valid"))
    decoder = Decoder(upsample=upsample, skip=skip, blocks=(Conv(filters=1),))
    model = build_model(as_map(network(shape, *down, decoder=decoder)))
    for other in OTHER_SIZES[shape]:
        y = model.predict(pixels(2, *other), verbose=0)
        assert y.shape == (2, *other[:-1], 3)
        assert np.allclose(y.sum(axis=-1), 1.0, rtol=1e-4)


def test_a_network_of_open_size_predicts_what_the_fixed_one_does():
    shape, down = (21, 10, 2), (Conv(filters=3, strides=2), Conv(filters=3, strides=2))
    decoder = Decoder(upsample="bilinear", stride=2)
    models = [
        build_model(as_map(network(shape, *down, decoder=decoder, size=size))) for size in ("open", "fixed")
    ]
    models[1].set_weights(models[0].get_weights())
    x = pixels(2, *shape)
    np.testing.assert_allclose(*(model.predict(x, verbose=0) for model in models), rtol=1e-3, atol=1e-4)
