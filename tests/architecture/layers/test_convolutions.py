import math

import pytest

from cnnsearch.architecture import layers


def test_a_convolution_of_a_picture():
    conv = layers.Convolution(filters=16, kernel_size=5, strides=2, padding="valid")
    assert conv.output_shape((28, 30, 3)) == (12, 13, 16)
    assert conv.num_weights((28, 30, 3)) == (5 * 5 * 3 * 16 + 16, 0)
    assert conv.macs((12, 13, 16), (28, 30, 3)) == 12 * 13 * 5 * 5 * 3 * 16


@pytest.mark.parametrize(
    ("shape", "weights"), [((9, 4), 3 * 4 * 8), ((9, 9, 4), 9 * 4 * 8), ((9, 9, 9, 4), 27 * 4 * 8)]
)
def test_a_convolution_has_as_many_dimensions_as_its_input(shape, weights):
    conv = layers.Convolution(filters=8, kernel_size=3, use_bias=False)
    assert conv.num_weights(shape) == (weights, 0)
    assert conv.output_shape(shape) == (*shape[:-1], 8)


@pytest.mark.parametrize(
    "layer", [layers.Convolution(1, 3, 1, "valid", 4), layers.DepthwiseConvolution(3, 1, "valid", 4)]
)
def test_dilation_widens_the_window(layer):
    assert layer.window == (9, 1)
    assert layer.output_shape((10, 1)) == (2, 1)


def test_groups_divide_the_weights_and_the_macs():
    whole, parts = (layers.Convolution(filters=8, kernel_size=3, groups=g, use_bias=False) for g in (1, 4))
    assert whole.num_weights((6, 6, 8))[0] == 4 * parts.num_weights((6, 6, 8))[0]
    assert whole.macs((6, 6, 8), (6, 6, 8)) == 4 * parts.macs((6, 6, 8), (6, 6, 8))


@pytest.mark.parametrize(
    ("shape", "output", "weights", "macs"),
    [
        ((9, 4), (5, 8), 3 * 8 + 8, 5 * 3 * 8),
        ((9, 9, 4), (5, 5, 8), 9 * 8 + 8, 25 * 9 * 8),
        ((9, 9, 9, 4), (5, 5, 5, 8), 27 * 8 + 8, 125 * 27 * 8),
    ],
)
def test_a_depthwise_convolution_has_a_kernel_for_each_channel_it_makes(shape, output, weights, macs):
    layer = layers.DepthwiseConvolution(kernel_size=3, strides=2, depth_multiplier=2)
    assert layer.output_shape(shape) == output
    assert layer.num_weights(shape) == (weights, 0)
    assert layer.macs(output, shape) == macs


@pytest.mark.parametrize(
    ("shape", "output", "positions", "kernel"),
    [
        ((9, 4), (4, 2), 4, 3 * 4 * 2),
        ((9, 7, 4), (4, 3, 2), 4 * 3, 9 * 4 * 2),
        ((9, 7, 5, 4), (4, 3, 2, 2), 4 * 3 * 2, 27 * 4 * 2),
    ],
)
def test_an_unshared_convolution_has_a_kernel_and_biases_for_each_position(shape, output, positions, kernel):
    layer = layers.UnsharedConvolution(filters=2, kernel_size=3, strides=2)
    assert layer.output_shape(shape) == output
    assert layer.macs(output, shape) == positions * kernel
    assert layer.num_weights(shape) == (positions * (kernel + 2), 0)


@pytest.mark.parametrize(
    ("shape", "output", "tiles", "kernel"),
    [
        ((9, 4), (5, 2), 2, 3 * 4 * 2),
        ((9, 7, 4), (5, 4, 2), 4, 9 * 4 * 2),
        ((9, 7, 5, 4), (5, 4, 3, 2), 8, 27 * 4 * 2),
    ],
)
def test_a_tiled_convolution_has_the_macs_of_a_convolution_and_more_weights(shape, output, tiles, kernel):
    layer = layers.TiledConvolution(filters=2, kernel_size=3, tiles=2, strides=2)
    assert layer.output_shape(shape) == output
    assert layer.macs(output, shape) == math.prod(output[:-1]) * kernel
    assert layer.num_weights(shape) == (tiles * (kernel + 2), 0)
    assert layer.window == (3, 2)


def test_a_fully_connected_layer():
    dense = layers.FullyConnected(10)
    assert dense.output_shape((84,)) == (10,)
    assert dense.num_weights((84,)) == (850, 0)
    assert dense.macs((10,), (84,)) == 840


def test_a_fully_connected_layer_sees_each_position_of_a_map_by_itself():
    dense = layers.FullyConnected(10)
    assert dense.output_shape((6, 5, 84)) == (6, 5, 10)
    assert dense.num_weights((6, 5, 84)) == (850, 0)
    assert dense.macs((6, 5, 10), (6, 5, 84)) == 30 * 840


@pytest.mark.parametrize(("append", "channels"), [(True, 3 * 3), (False, 2 * 3)])
def test_fixed_filters_hold_no_weights(append, channels):
    layer = layers.FixedFilters(((1.0,) * 9, (2.0,) * 9), append)
    assert layer.output_shape((6, 5, 3)) == (6, 5, channels)
    assert layer.num_weights((6, 5, 3)) == (0, 0)
    assert layer.macs((6, 5, channels), (6, 5, 3)) == 6 * 5 * 3 * 2 * 9


def test_fixed_filters_see_their_neighbours():
    assert layers.FixedFilters(((1.0,) * 9,), True).window == (3, 1)
