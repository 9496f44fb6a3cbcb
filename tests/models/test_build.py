"""The analysis against Keras itself, on random candidates; and what goes into a model and comes out."""

import keras
import numpy as np
import pytest

from cnnsearch.architecture import Architecture, Input, Stage, layers
from cnnsearch.architecture.blocks import Conv
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.models.build import build_model
from cnnsearch.models.layers import BUILDERS
from cnnsearch.space import Pixels, SearchSpace, load_space
from cnnsearch.space.space import prepared_input
from cnnsearch.tasks.classification.task import Classification
from tests.models.helpers import agrees, pixels
from tests.models.spaces import BLOCKS, CONVOLUTIONS, DECODERS, SOUNDS, feasible
from tests.space.helpers import space_with


@pytest.fixture(scope="module")
def wide() -> list[SearchSpace]:
    return [space_with(CONVOLUTIONS), space_with(BLOCKS), space_with(SOUNDS), space_with(DECODERS)]


@pytest.fixture(scope="module")
def spaces(wide) -> list[SearchSpace]:
    return [*wide, load_space("plain"), load_space("lenet5"), load_space("vgg")]


def test_the_analysis_is_what_keras_builds(spaces):
    for architecture, analysis in feasible(spaces, 0, 100):
        agrees(architecture, analysis)


@pytest.mark.slow
def test_the_analysis_is_what_keras_builds_300_times(spaces):
    for architecture, analysis in feasible(spaces, 10_000, 300):
        agrees(architecture, analysis)


def test_every_layer_has_a_builder():
    kinds = {getattr(layers, name) for name in layers.__all__ if hasattr(getattr(layers, name), "type")}
    assert kinds - {layers.Layer, layers.SameShape} == set(BUILDERS)


def test_the_wide_spaces_reach_every_layer(wide):
    types = {row.type for _, analysis in feasible(wide, 0, 120) for row in analysis.layers}
    assert types == {kind.type for kind in BUILDERS}


def test_every_dimension_is_reached(wide):
    made = feasible(wide, 0, 60)
    assert {len(architecture.input.shape) - 1 for architecture, _ in made} == {1, 2, 3}


def small(given: Input, blocks: tuple = (Conv(filters=4),)) -> Architecture:
    return Architecture(input=given, stages=(Stage(blocks=blocks),), outputs=Classification.of(5).outputs)


@pytest.mark.parametrize("shape", [(20, 1), (9, 8, 3), (5, 6, 4, 2)])
def test_raw_pixels_go_in_and_probabilities_come_out(shape):
    model = build_model(small(prepared_input(shape, {"scaling": "unit"}, Pixels())))
    y = model.predict(pixels(7, *shape), verbose=0)
    assert y.shape == (7, 5)
    np.testing.assert_allclose(y.sum(axis=1), 1.0, rtol=1e-5)
    assert y.min() >= 0


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ("unit", lambda x: x / 255),
        ("symmetric", lambda x: x / 127.5 - 1),
        ("standardize", lambda x: (x - [10, 100, 200]) / [2, 3, 4]),
    ],
)
def test_the_first_layer_scales(scaling, expected):
    colours = Pixels(means=(10, 100, 200), variances=(4, 9, 16))
    model = build_model(small(prepared_input((6, 5, 3), {"scaling": scaling}, colours)))
    x = pixels(4, 6, 5, 3)
    rescaling = model.layers[1]
    assert isinstance(rescaling, keras.layers.Rescaling)
    np.testing.assert_allclose(rescaling(x), expected(x.astype("float32")), rtol=1e-4, atol=1e-4)
    assert rescaling.weights == []


def test_without_scaling_the_first_layer_is_the_first_block():
    model = build_model(small(Input(shape=(6, 5, 3), scaling="none")))
    assert [layer.name for layer in model.layers[1:3]] == ["stage0_block0_conv", "stage0_block0_relu"]


def test_a_network_that_does_not_fit_is_not_built():
    architecture = small(Input(shape=(4, 4, 1)), (Conv(filters=2, kernel_size=5, padding="valid"),))
    with pytest.raises(InfeasibleArchitectureError, match="the feature map vanishes"):
        build_model(architecture)


def test_item_names_make_good_layer_names():
    space = space_with(
        "stages: {filters: 2, sequence: [{name: 3a, blocks: conv}, {name: A-b_c, blocks: conv}]}"
    )
    model = build_model(space.sample_random(0, input_shape=(8, 8, 1), num_classes=2).architecture)
    assert {"3a_block0_conv", "A-b_c_block0_conv"} <= {layer.name for layer in model.layers}
