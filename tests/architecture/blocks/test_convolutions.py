import pytest

from cnnsearch.architecture import analyze
from cnnsearch.architecture.blocks import (
    BatchNorm,
    Conv,
    DepthwiseConv,
    LayerNorm,
    Residual,
    SeparableConv,
    StridedConv,
    TiledConv,
    UnsharedConv,
)
from cnnsearch.architecture.blocks.normalizations import LocalResponseNorm
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import macs_of, names_of, of_blocks, rows_of, weights_of

SHAPES = [(8, 4), (8, 8, 4), (8, 8, 8, 4)]


def test_a_block_is_laid_out_in_the_usual_order():
    block = Conv(filters=4, normalization=LayerNorm(), activation="gelu", dropout=0.1, spatial_dropout=0.2)
    assert names_of(block, 8, 8, 3) == ["conv", "layer_normalization", "gelu", "dropout", "dropout_2"]


def test_local_response_stands_behind_the_activation():
    block = Conv(filters=4, normalization=LocalResponseNorm())
    assert names_of(block, 8, 8, 3) == ["conv", "relu", "local_response"]


def test_a_linear_activation_is_no_layer():
    assert names_of(Conv(filters=4, activation="linear"), 8, 8, 3) == ["conv"]


@pytest.mark.parametrize(
    ("shape", "weights", "macs"),
    [
        (SHAPES[0], 3 * 4 * 6 + 6, 8 * 3 * 4 * 6),
        (SHAPES[1], 9 * 4 * 6 + 6, 64 * 9 * 4 * 6),
        (SHAPES[2], 27 * 4 * 6 + 6, 512 * 27 * 4 * 6),
    ],
)
def test_a_convolution(shape, weights, macs):
    assert weights_of(Conv(filters=6), *shape) == weights
    assert macs_of(Conv(filters=6), *shape) == macs


@pytest.mark.parametrize(
    ("shape", "weights", "macs"),
    [
        (SHAPES[0], 3 * 8 + 8, 4 * 3 * 8),
        (SHAPES[1], 9 * 8 + 8, 16 * 9 * 8),
        (SHAPES[2], 27 * 8 + 8, 64 * 27 * 8),
    ],
)
def test_a_depthwise_convolution(shape, weights, macs):
    block = DepthwiseConv(strides=2, depth_multiplier=2)
    assert names_of(block, *shape) == ["depthwise_conv", "relu"]
    assert weights_of(block, *shape) == weights
    assert macs_of(block, *shape) == macs


@pytest.mark.parametrize(
    ("shape", "weights", "macs"),
    [
        (SHAPES[0], 3 * 8 + 8 * 6 + 6, 8 * (3 * 8 + 8 * 6)),
        (SHAPES[1], 9 * 8 + 8 * 6 + 6, 64 * (9 * 8 + 8 * 6)),
        (SHAPES[2], 27 * 8 + 8 * 6 + 6, 512 * (27 * 8 + 8 * 6)),
    ],
)
def test_a_separable_convolution_has_one_bias_behind_both(shape, weights, macs):
    block = SeparableConv(filters=6, depth_multiplier=2)
    assert names_of(block, *shape) == ["depthwise", "pointwise", "relu"]
    assert weights_of(block, *shape) == weights
    assert macs_of(block, *shape) == macs


@pytest.mark.parametrize(
    ("shape", "weights", "macs"),
    [
        (SHAPES[0], 6 * (3 * 4 * 2 + 2), 6 * 3 * 4 * 2),
        (SHAPES[1], 36 * (9 * 4 * 2 + 2), 36 * 9 * 4 * 2),
        (SHAPES[2], 216 * (27 * 4 * 2 + 2), 216 * 27 * 4 * 2),
    ],
)
def test_an_unshared_convolution(shape, weights, macs):
    block = UnsharedConv(filters=2, padding="valid")
    assert names_of(block, *shape) == ["unshared_conv", "relu"]
    assert weights_of(block, *shape) == weights
    assert macs_of(block, *shape) == macs


@pytest.mark.parametrize(("tiles", "kernels"), [(2, 4), ("2x3", 6), ("1x3", 3), ("8x8", 64)])
def test_a_tiled_convolution_has_a_kernel_for_each_tile(tiles, kernels):
    block = TiledConv(filters=6, tiles=tiles)
    assert names_of(block, 8, 8, 4) == ["tiled_conv", "relu"]
    assert weights_of(block, 8, 8, 4) == kernels * (9 * 4 * 6 + 6)
    assert macs_of(block, 8, 8, 4) == macs_of(Conv(filters=6), 8, 8, 4)


@pytest.mark.parametrize("tiles", [1, "1x1"])
def test_a_tiled_convolution_of_one_tile_is_a_convolution(tiles):
    given, conv = (of_blocks(block) for block in (TiledConv(filters=4, tiles=tiles), Conv(filters=4)))
    assert analyze(given) == analyze(conv)


def test_as_many_tiles_as_positions_have_the_weights_of_an_unshared_convolution():
    tiled, unshared = TiledConv(filters=2, tiles="6x8"), UnsharedConv(filters=2)
    assert weights_of(tiled, 6, 8, 4) == weights_of(unshared, 6, 8, 4)


@pytest.mark.parametrize(
    ("block", "output"),
    [
        (TiledConv(filters=2, tiles=9), "8x8"),
        (TiledConv(filters=2, tiles="1x5", strides=2), "4x4"),
        (TiledConv(filters=2, tiles=3, kernel_size=7, padding="valid"), "2x2"),
    ],
)
def test_more_tiles_than_positions_are_infeasible(block, output):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(block))
    assert caught.value.limit == "tiles"
    assert str(caught.value) == (
        "each kernel of a tiled convolution must have a position of the output; found tiles "
        f"{block.tiles} and an output of {output} positions"
    )


@pytest.mark.parametrize(
    "block",
    [
        Conv(filters=4, kernel_size=5, padding="full"),
        TiledConv(filters=4, kernel_size=5, padding="full"),
        DepthwiseConv(kernel_size=5, padding="full"),
        SeparableConv(filters=4, kernel_size=5, padding="full"),
        UnsharedConv(filters=4, kernel_size=5, padding="full"),
    ],
)
def test_full_padding_lets_the_kernel_see_every_position_from_every_side(block):
    padding, conv = rows_of(block, 8, 4)[:2]
    assert (padding.type, padding.output_shape) == ("padding", (8 + 2 * 4, 4))
    assert conv.output_shape == (8 + 5 - 1, 4)


def test_full_padding_follows_the_dilation():
    assert rows_of(Conv(filters=1, padding="full", dilation_rate=3), 8, 4)[1].output_shape == (8 + 6, 1)


def test_full_padding_of_a_1x1_kernel_is_no_layer():
    assert names_of(Conv(filters=1, kernel_size=1, padding="full"), 8, 4) == ["conv", "relu"]


@pytest.mark.parametrize(
    ("padding", "padded", "output"),
    [(2, (12, 13, 3), (10, 11, 1)), ("1x0", (10, 9, 3), (8, 7, 1)), ("2x2", (12, 13, 3), (10, 11, 1))],
)
def test_padding_in_pixels_adds_zeros_at_both_ends(padding, padded, output):
    added, conv = rows_of(Conv(filters=1, padding=padding), 8, 9, 3)[:2]
    assert (added.type, added.output_shape, conv.output_shape) == ("padding", padded, output)


@pytest.mark.parametrize("padding", [0, "0x0"])
def test_padding_of_no_pixels_is_valid(padding):
    given, valid = (of_blocks(Conv(filters=1, padding=padding)) for padding in (padding, "valid"))
    assert analyze(given) == analyze(valid)


def test_padding_in_pixels_may_be_that_of_full():
    pixels, full = (of_blocks(Conv(filters=1, kernel_size="3x5", padding=p)) for p in ("2x4", "full"))
    assert analyze(pixels) == analyze(full)


def test_a_strided_convolution_halves():
    assert rows_of(StridedConv(filters=5), 8, 8, 3)[0].output_shape == (4, 4, 5)


def test_moving_statistics_are_not_trained():
    analysis = analyze(of_blocks(Conv(filters=4, use_bias=False, normalization=BatchNorm())))
    assert analysis.num_weights - analysis.num_trainable_weights == 2 * 4


@pytest.mark.parametrize("groups", [2, 3])
def test_groups_divide_channels_and_filters(groups):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(Conv(filters=4, groups=groups)))
    assert caught.value.limit == "groups"
    assert str(caught.value) == (
        f"groups must divide the input channels and the filters; "
        f"found {groups} groups, 3 channels and 4 filters"
    )


@pytest.mark.parametrize(
    "block",
    [
        Conv(filters=2, strides=2, dilation_rate=3),
        DepthwiseConv(strides=2, dilation_rate=3),
        SeparableConv(filters=2, strides=2, dilation_rate=3),
        Residual(filters=2, strides=2, dilation_rate=3),
    ],
)
def test_strides_and_dilation_exclude_each_other(block):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(block))
    assert caught.value.limit == "strides with dilation_rate"
    assert str(caught.value) == (
        "Keras supports no convolution with both strides and dilation_rate above 1; "
        "found strides 2 and dilation_rate 3"
    )


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (Conv(filters=2, kernel_size=9, padding="valid"), "conv"),
        (DepthwiseConv(kernel_size=5, padding="valid", dilation_rate=2), "depthwise_conv"),
        (SeparableConv(filters=2, kernel_size=9, padding="valid"), "depthwise"),
        (UnsharedConv(filters=2, kernel_size=9, padding="valid"), "unshared_conv"),
    ],
)
def test_a_kernel_larger_than_the_map_is_refused(block, name):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(block))
    assert str(caught.value) == (
        f"the feature map vanishes: the input of stage0_block0_{name}, 8x8x3, is too small"
    )
