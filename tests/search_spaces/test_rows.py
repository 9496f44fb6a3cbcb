"""What the comparison of networks tells apart, and what it does not."""

import keras
import pytest

from tests.search_spaces.rows import rows_of_model


def small(**changes) -> keras.Model:
    """Two convolutions, their sum and a vector; every option is one change."""
    options = {"strides": 2, "use_bias": False, "activation": "relu", "shortcut": 0, "padded": False}
    options |= changes
    given = keras.Input((8, 8, 2))
    first = keras.layers.Conv2D(4, 3, padding="same")(given)
    second = keras.layers.Conv2D(4, 3, padding="same", use_bias=options["use_bias"])(first)
    merged = keras.layers.Add()([second, (first, second)[options["shortcut"]]])
    merged = keras.layers.Activation(options["activation"])(merged)
    strided = {"strides": options["strides"], "padding": "same"}
    if options["padded"]:
        merged, strided["padding"] = keras.layers.ZeroPadding2D(((0, 1), (0, 1)))(merged), "valid"
    return keras.Model(given, keras.layers.DepthwiseConv2D(3, **strided)(merged))


@pytest.mark.parametrize(
    "change",
    [{"strides": 4}, {"use_bias": True}, {"activation": "relu6"}, {"shortcut": 1}],
    ids=lambda change: next(iter(change)),
)
def test_a_network_with_one_change_is_another(change):
    assert rows_of_model(small()) == rows_of_model(small())
    assert rows_of_model(small(**change)) != rows_of_model(small())


def test_padding_by_hand_is_the_same_where_sizes_agree():
    assert rows_of_model(small(padded=True)) == rows_of_model(small())


def test_an_activation_inside_a_layer_is_a_row_as_one_behind_it():
    given = keras.Input((8, 8, 2))
    inside = keras.layers.Conv2D(4, 3, activation="relu")(given)
    behind = keras.layers.ReLU()(keras.layers.Conv2D(4, 3)(given))
    assert rows_of_model(keras.Model(given, inside)) == rows_of_model(keras.Model(given, behind))


def test_a_convolution_of_one_position_is_a_fully_connected_layer():
    given = keras.Input((8, 8, 2))
    convolved = keras.layers.Conv2D(5, 1)(keras.layers.GlobalAveragePooling2D(keepdims=True)(given))
    connected = keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(given))
    assert rows_of_model(keras.Model(given, convolved)) == rows_of_model(keras.Model(given, connected))


def test_the_order_is_the_same_whichever_branch_was_built_first():
    def model(is_short_first: bool) -> keras.Model:
        given = keras.Input((8, 8, 2))
        builders = [
            lambda: keras.layers.Conv2D(4, 1)(given),
            lambda: keras.layers.Conv2D(4, 3, padding="same")(keras.layers.Conv2D(3, 1)(given)),
        ]
        ends = [build() for build in (builders if is_short_first else builders[::-1])]
        return keras.Model(given, keras.layers.Add()(ends))

    assert rows_of_model(model(True)) == rows_of_model(model(False))
