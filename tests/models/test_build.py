"""The analysis against Keras itself: whatever it counts, the built model has."""

import random

import keras
import numpy as np
import pytest

from cnnsearch.architecture import Analysis, Architecture, Classification, Input, Stage, analyze
from cnnsearch.architecture.blocks import Conv
from cnnsearch.errors import InfeasibleArchitectureError
from cnnsearch.models.build import build_model
from cnnsearch.space import Pixels, SearchSpace, load_space
from cnnsearch.space.space import prepared_input
from tests.space.helpers import space_with

WIDE = """
input: {scaling: [none, unit, symmetric, standardize]}
width: [0.5, 1.0]
use_bias: [true, false]
activation:
  per_stage: [linear, relu, relu6, leaky_relu, elu, selu, gelu, silu, tanh, sigmoid, softplus, mish]
normalization: {one_of: [none, {batch: {momentum: [0.9, 0.99]}}, layer]}
dropout: [0.0, 0.3]
stem:
  activation: relu
  one_of: [none, {name: big, conv: {filters: 16, kernel_size: [5, 7], strides: [1, 2]}}]
stages:
  repeat: {low: 1, high: 4}
  filters: {first: [8, 16, 24], growth: [1, 2]}
  strides: {per_stage: [1, 2, 3]}
  padding: {per_stage: [valid, same]}
  blocks:
    sequence:
      - repeat: {low: 1, high: 2}
        conv:
          kernel_size: {per_stage: {low: 1, high: 6}}
          groups: [1, 2, 4]
          kernel_initializer: [glorot_uniform, he_normal]
      - {name: spread, repeat: [0, 1], conv: {strides: 1, dilation_rate: {low: 1, high: 3}}}
      - [none, max_pool]
  downsample:
    per_stage:
      one_of:
        - none
        - max_pool: {pool_size: {low: 1, high: 3}, strides: {low: 1, high: 3}}
        - average_pool: {pool_size: {low: 1, high: 4}}
        - strided_conv: {kernel_size: [2, 3], strides: [2, 3]}
head:
  activation: relu
  blocks: [none, conv]
  filters: 8
  padding: same
  pooling: [flatten, global_average, global_max]
  dense: {repeat: {low: 0, high: 2}, units: {per_layer: [5, 9]}}
  dropout: [0.0, 0.2]
"""
LARGEST = 400_000
"""Weights above which a candidate is not built, to keep the tests short."""


@pytest.fixture(scope="module")
def spaces() -> list[SearchSpace]:
    return [space_with(WIDE), load_space("plain"), load_space("lenet5"), load_space("vgg")]


def random_shape(draw: random.Random) -> tuple[int, ...]:
    dimensions = draw.choice([1, 2, 2, 3])
    largest = {1: 200, 2: 48, 3: 14}[dimensions]
    return (*(draw.randint(4, largest) for _ in range(dimensions)), draw.choice([1, 2, 3, 4]))


def feasible(spaces: list[SearchSpace], start: int, count: int) -> list[tuple[Architecture, Analysis]]:
    """Random candidates on random inputs, in turn from each space."""
    found: list[tuple[Architecture, Analysis]] = []
    seed = start
    while len(found) < count:
        seed += 1
        shape, classes = random_shape(random.Random(seed)), 2 + seed % 5
        space = spaces[len(found) % len(spaces)]
        architecture = space.sample_random(seed, input_shape=shape, num_classes=classes).architecture
        try:
            analysis = analyze(architecture)
        except InfeasibleArchitectureError:
            continue
        if analysis.num_weights <= LARGEST:
            found.append((architecture, analysis))
    return found


def agrees(architecture: Architecture, analysis: Analysis) -> None:
    model = build_model(architecture)
    layers = model.layers[1:]
    assert [layer.name for layer in layers] == [row.name for row in analysis.layers]
    assert [layer.output.shape[1:] for layer in layers] == [row.output_shape for row in analysis.layers]
    assert [layer.count_params() for layer in layers] == [row.num_weights for row in analysis.layers]
    assert model.count_params() == analysis.num_weights
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trainable == analysis.num_trainable_weights
    keras.backend.clear_session()


def test_the_analysis_is_what_keras_builds(spaces):
    for architecture, analysis in feasible(spaces, 0, 60):
        agrees(architecture, analysis)


@pytest.mark.slow
def test_the_analysis_is_what_keras_builds_300_times(spaces):
    for architecture, analysis in feasible(spaces, 10_000, 300):
        agrees(architecture, analysis)


def test_the_wide_space_reaches_every_layer(spaces):
    types = {row.type for _, analysis in feasible(spaces[:1], 0, 60) for row in analysis.layers}
    assert types >= {
        "rescaling", "conv", "pool", "flatten", "global_pool", "batch_normalization", "layer_normalization",
        "activation", "dropout", "dense",
    }  # fmt: skip


def test_every_dimension_is_reached(spaces):
    made = feasible(spaces, 0, 60)
    assert {architecture.num_spatial_dimensions for architecture, _ in made} == {1, 2, 3}


def small(given: Input, blocks: tuple = (Conv(filters=4),)) -> Architecture:
    return Architecture(input=given, stages=(Stage(blocks=blocks),), task=Classification(num_classes=5))


@pytest.mark.parametrize("shape", [(20, 1), (9, 8, 3), (5, 6, 4, 2)])
def test_raw_pixels_go_in_and_probabilities_come_out(shape):
    model = build_model(small(prepared_input(shape, {"scaling": "unit"}, Pixels())))
    x = np.random.default_rng(0).integers(0, 256, (7, *shape), dtype=np.uint8)
    y = model.predict(x, verbose=0)
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
    pixels = Pixels(means=(10, 100, 200), variances=(4, 9, 16))
    model = build_model(small(prepared_input((6, 5, 3), scaling, pixels)))
    x = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
    rescaling = model.layers[1]
    assert isinstance(rescaling, keras.layers.Rescaling)
    np.testing.assert_allclose(rescaling(x), expected(x.astype("float32")), rtol=1e-4, atol=1e-4)
    assert rescaling.weights == []


def test_without_scaling_the_first_layer_is_the_first_block():
    model = build_model(small(Input(shape=(6, 5, 3), scaling="none")))
    assert [layer.name for layer in model.layers[1:3]] == ["stage0_block0_conv", "stage0_block0_relu"]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras on NumPy 2
@pytest.mark.parametrize("scaling", ["unit", "standardize"])
def test_a_saved_model_loads_safely_and_gives_the_same(tmp_path, scaling):
    pixels = Pixels(means=(10, 100, 200), variances=(4, 9, 16))
    model = build_model(small(prepared_input((6, 5, 3), scaling, pixels)))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    x = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
    np.testing.assert_array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))


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
