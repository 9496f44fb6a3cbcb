"""Layers that Keras does not have take part in training, in mixed precision too."""

import keras
import numpy as np
import pytest

from cnnsearch.architecture.blocks import Conv, SpatialPyramid, UnsharedConv
from cnnsearch.architecture.blocks.normalizations import LocalResponseNorm
from cnnsearch.models.build import build_model
from tests.architecture.examples import EXAMPLES
from tests.architecture.helpers import of_blocks
from tests.models.helpers import noise


@pytest.fixture(params=["float32", "mixed_bfloat16"])
def precision(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("shape", [(12, 2), (8, 8, 2), (6, 6, 6, 2)])
def test_a_step_changes_every_weight(precision, shape):
    blocks = (
        Conv(filters=4, normalization=LocalResponseNorm(alpha=0.1)),
        EXAMPLES["convnext"].model_copy(update={"layer_scale": 0.5, "stochastic_depth": 0.0}),
        EXAMPLES["min_pool"],
        UnsharedConv(filters=2, activation="linear"),
    )
    model = build_model(of_blocks(*blocks, shape=shape, pooling=SpatialPyramid(levels=2)))
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy", jit_compile=False)
    before = model.get_weights()
    assert np.isfinite(model.train_on_batch(noise(8, *shape), np.arange(8)))
    unmoved = [
        weight.path
        for weight, old, new in zip(model.weights, before, model.get_weights(), strict=True)
        if np.array_equal(old, new)
    ]
    assert unmoved == []
