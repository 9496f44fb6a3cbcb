import pytest

from cnnsearch.architecture import analyze
from cnnsearch.architecture.blocks import BatchNorm, Conv, ConvNeXt, InvertedResidual, Residual
from cnnsearch.architecture.network import layout
from tests.architecture.helpers import macs_of, names_of, of_blocks, rows_of, weights_of

# Residual


def test_a_basic_block_where_shapes_agree_has_an_identity_shortcut():
    assert names_of(Residual(filters=4, normalization=BatchNorm()), 8, 8, 4) == [
        "conv0",
        "batch_normalization",
        "relu",
        "conv1",
        "batch_normalization_2",
        "add",
        "relu_2",
    ]


@pytest.mark.parametrize("block", [Residual(filters=6), Residual(filters=4, strides=2)])
def test_a_block_where_shapes_differ_has_a_projection(block):
    rows = rows_of(block, 8, 8, 4)
    assert [row.name.rpartition("_")[2] for row in rows] == ["shortcut", "conv0", "relu", "conv1", "add", "2"]
    assert rows[0].output_shape == rows[-1].output_shape


@pytest.mark.parametrize(("bottleneck", "field"), [(False, 9), (True, 5)])
def test_the_dilation_of_a_block_is_that_of_its_larger_kernels(bottleneck, field):
    rows = rows_of(Residual(filters=4, dilation_rate=2, bottleneck=bottleneck), 8, 8, 4)
    assert rows[-1].receptive_field == field
    assert rows[-1].output_shape[:-1] == (8, 8)


def test_a_pre_activated_block_activates_before_its_convolutions():
    assert names_of(Residual(filters=4, pre_activation=True, normalization=BatchNorm()), 8, 8, 4) == [
        "batch_normalization",
        "relu",
        "conv0",
        "batch_normalization_2",
        "relu_2",
        "conv1",
        "add",
        "batch_normalization_3",  # these two close the network
        "relu_3",
    ]


def test_a_pre_activated_projection_reads_what_is_activated():
    block = Residual(filters=6, pre_activation=True)
    assert names_of(block, 8, 8, 4)[:3] == ["relu", "shortcut", "conv0"]


def test_only_the_last_pre_activated_block_is_closed():
    block = Residual(filters=3, pre_activation=True)
    names = [row.name for row in analyze(of_blocks(block, block)).layers if row.type == "activation"]
    assert names == [
        "stage0_block0_relu",
        "stage0_block0_relu_2",
        "stage0_block1_relu",
        "stage0_block1_relu_2",
        "stage0_block1_relu_3",
        "probabilities",
    ]


@pytest.mark.parametrize(
    ("shape", "weights", "macs"),
    [
        ((8, 4), 2 * (3 * 4 * 4 + 4), 8 * 2 * 3 * 16),
        ((8, 8, 4), 2 * (9 * 4 * 4 + 4), 64 * 2 * 9 * 16),
        ((8, 8, 8, 4), 2 * (27 * 4 * 4 + 4), 512 * 2 * 27 * 16),
    ],
)
def test_a_basic_blocks_costs(shape, weights, macs):
    assert weights_of(Residual(filters=4), *shape) == weights
    assert macs_of(Residual(filters=4), *shape) == macs


def test_resnet_50s_first_bottleneck():
    """He et al. 2016, table 1, conv2_x, with biases as in keras.applications."""
    block = Residual(filters=64, bottleneck=True, normalization=BatchNorm())
    convolutions = (64 * 64 + 64) + (9 * 64 * 64 + 64) + (64 * 256 + 256) + (64 * 256 + 256)
    normalizations = 4 * (64 + 64 + 256 + 256)
    assert rows_of(block, 56, 56, 64)[-1].output_shape == (56, 56, 256)
    assert weights_of(block, 56, 56, 64) == convolutions + normalizations == 76_928


def test_a_bottlenecks_first_convolution_takes_the_strides():
    rows = {
        row.name.removeprefix("stage0_block0_"): row
        for row in rows_of(Residual(filters=4, bottleneck=True, strides=2), 8, 8, 4)
    }
    assert [rows[name].output_shape for name in ("conv0", "conv1", "conv2")] == [
        (4, 4, 4),
        (4, 4, 4),
        (4, 4, 16),
    ]


def test_squeeze_and_excitation_weighs_the_channels_before_the_sum():
    """Hu et al. 2018: 256 channels, 16 units."""
    block = Residual(filters=256, squeeze_excitation=True)
    rows = [row for row in rows_of(block, 8, 8, 256) if "squeeze" in row.name or "excite" in row.name]
    assert [row.output_shape[-1] for row in rows] == [256, 16, 16, 256, 256, 256]
    assert sum(row.num_weights for row in rows) == 256 * 16 + 16 + 16 * 256 + 256 == 8_464
    assert names_of(block, 8, 8, 256)[-3:] == ["excite", "add", "relu_2"]


def test_squeeze_and_excitation_of_few_channels_keeps_one_unit():
    names = {
        row.name.removeprefix("stage0_block0_"): row
        for row in rows_of(Residual(filters=4, squeeze_excitation=True), 8, 8, 4)
    }
    assert names["squeeze_conv"].output_shape == (1, 1, 1)


# Inverted residual


def test_mobilenet_v2s_block_of_expansion_6_at_24_channels():
    """Sandler et al. 2018, table 1, without biases as in keras.applications."""
    block = InvertedResidual(filters=24, use_bias=False, normalization=BatchNorm(), activation="relu6")
    convolutions = 24 * 144 + 9 * 144 + 144 * 24
    assert weights_of(block, 56, 56, 24) == convolutions + 4 * (144 + 144 + 24) == 9_456
    assert macs_of(block, 56, 56, 24) == 56 * 56 * convolutions == 25_740_288


def test_an_inverted_residual_is_linear_at_its_end():
    assert names_of(InvertedResidual(filters=4, normalization=BatchNorm()), 8, 8, 4) == [
        "expand",
        "batch_normalization",
        "relu",
        "depthwise_conv",
        "batch_normalization_2",
        "relu_2",
        "project",
        "batch_normalization_3",
        "add",
    ]


def test_an_inverted_residual_of_expansion_1_does_not_expand():
    assert names_of(InvertedResidual(filters=4, expansion=1), 8, 8, 4)[0] == "depthwise_conv"


@pytest.mark.parametrize("block", [InvertedResidual(filters=6), InvertedResidual(filters=4, strides=2)])
def test_an_inverted_residual_where_shapes_differ_has_no_shortcut(block):
    assert names_of(block, 8, 8, 4)[-1] == "project"


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        ((8, 4), (4 * 24 + 24) + (3 * 24 + 24) + (24 * 4 + 4)),
        ((8, 8, 4), (4 * 24 + 24) + (9 * 24 + 24) + (24 * 4 + 4)),
        ((8, 8, 8, 4), (4 * 24 + 24) + (27 * 24 + 24) + (24 * 4 + 4)),
    ],
)
def test_an_inverted_residuals_weights(shape, weights):
    assert weights_of(InvertedResidual(filters=4), *shape) == weights


# ConvNeXt


def test_convnext_tinys_first_block():
    """Liu et al. 2022, section 2: 96 channels, with a factor for each."""
    wide = 96 * 384 + 384 + 384 * 96 + 96
    assert weights_of(ConvNeXt(filters=96), 56, 56, 96) == (49 * 96 + 96) + 2 * 96 + wide + 96 == 79_296


def test_convnext_normalizes_once_and_activates_once():
    assert names_of(ConvNeXt(filters=4), 8, 8, 4) == [
        "depthwise_conv",
        "layer_normalization",
        "expand",
        "gelu",
        "project",
        "scale",
        "add",
    ]


def test_convnext_halves_by_a_normalized_convolution_of_its_own():
    rows = rows_of(ConvNeXt(filters=6, strides=2), 8, 8, 4)
    assert [row.type for row in rows[:2]] == ["layer_normalization", "conv"]
    assert (rows[1].output_shape, rows[1].num_weights) == ((4, 4, 6), 4 * 4 * 6 + 6)


def test_convnext_without_factors_by_channel():
    assert "scale" not in names_of(ConvNeXt(filters=4, layer_scale=0), 8, 8, 4)


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        ((8, 4), (7 * 4 + 4) + 8 + (4 * 16 + 16) + (16 * 4 + 4) + 4),
        ((8, 8, 4), (49 * 4 + 4) + 8 + (4 * 16 + 16) + (16 * 4 + 4) + 4),
        ((8, 8, 8, 4), (343 * 4 + 4) + 8 + (4 * 16 + 16) + (16 * 4 + 4) + 4),
    ],
)
def test_a_convnext_blocks_weights(shape, weights):
    assert weights_of(ConvNeXt(filters=4), *shape) == weights


# Stochastic depth


@pytest.mark.parametrize("make", [Residual, InvertedResidual, ConvNeXt])
def test_stochastic_depth_stands_before_the_sum(make):
    names = names_of(make(filters=4, stochastic_depth=0.5), 8, 8, 4)
    assert names[names.index("add") - 1] == "dropout"


def test_blocks_are_skipped_in_proportion_to_their_depth():
    """Huang et al. 2016, equation 4."""
    block = Residual(filters=3, stochastic_depth=0.4)
    graph = layout(of_blocks(block, Conv(filters=3), block, block))
    dropped = [node.layer for node in graph.nodes if node.layer.type == "dropout"]
    assert [layer.rate for layer in dropped] == pytest.approx([0.1, 0.3, 0.4])
    assert {layer.unit for layer in dropped} == {"example"}
