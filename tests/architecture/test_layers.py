import pytest

from cnnsearch.architecture import layers


@pytest.mark.parametrize(
    ("size", "kernel", "strides", "padding", "expected"),
    [
        (8, 3, 1, "same", 8),
        (8, 3, 2, "same", 4),
        (7, 3, 2, "same", 4),
        (7, 9, 3, "same", 3),
        (8, 3, 1, "valid", 6),
        (8, 3, 2, "valid", 3),
        (7, 3, 2, "valid", 3),
        (3, 3, 1, "valid", 1),
        (2, 3, 1, "valid", 0),
        (1, 3, 5, "valid", 0),
        (1, 3, 1, "valid", -1),
        (224, 7, 2, "same", 112),
    ],
)
def test_window_positions_are_keras(size, kernel, strides, padding, expected):
    assert layers.window_positions(size, kernel, strides, padding) == expected


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


def test_dilation_widens_the_window():
    conv = layers.Convolution(filters=1, kernel_size=3, padding="valid", dilation_rate=4)
    assert conv.window == (9, 1)
    assert conv.output_shape((10, 1)) == (2, 1)


def test_groups_divide_the_weights_and_the_macs():
    whole, parts = (layers.Convolution(filters=8, kernel_size=3, groups=g, use_bias=False) for g in (1, 4))
    assert whole.num_weights((6, 6, 8))[0] == 4 * parts.num_weights((6, 6, 8))[0]
    assert whole.macs((6, 6, 8), (6, 6, 8)) == 4 * parts.macs((6, 6, 8), (6, 6, 8))


def test_pooling_keeps_the_channels():
    assert layers.Pooling("max", 3, 2, "same").output_shape((7, 8, 5)) == (4, 4, 5)
    assert layers.Pooling("max", 3, 2).output_shape((7, 8, 5)) == (3, 3, 5)


def test_heads_make_vectors():
    assert layers.Flatten().output_shape((3, 4, 5)) == (60,)
    assert layers.GlobalPooling("max").output_shape((3, 4, 5)) == (5,)


def test_batch_normalization_holds_statistics_that_are_not_trained():
    assert layers.BatchNormalization(0.9, 1e-3).num_weights((4, 4, 6)) == (12, 12)


def test_layer_normalization_trains_all_it_holds():
    assert layers.LayerNormalization(1e-3).num_weights((4, 4, 6)) == (12, 0)


def test_a_fully_connected_layer():
    dense = layers.FullyConnected(10)
    assert dense.output_shape((84,)) == (10,)
    assert dense.num_weights((84,)) == (850, 0)
    assert dense.macs((10,), (84,)) == 840


@pytest.mark.parametrize(
    "layer", [layers.Activation("relu"), layers.Dropout(0.5), layers.Rescaling((1.0,), (0.0,))]
)
def test_some_layers_cost_nothing(layer):
    assert layer.output_shape((4, 4, 3)) == (4, 4, 3)
    assert layer.num_weights((4, 4, 3)) == (0, 0)
    assert layer.macs((4, 4, 3), (4, 4, 3)) == 0
