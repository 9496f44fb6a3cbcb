import pytest
from pydantic import ValidationError

from cnnsearch.architecture import Architecture, Classification, Head, Input, Stage, analyze
from cnnsearch.architecture.analysis import COUNTS
from cnnsearch.architecture.blocks import (
    AveragePool,
    Batch,
    Conv,
    Dense,
    FlattenMap,
    GlobalMax,
    LayerNorm,
    MaxPool,
    StridedConv,
)  # fmt: skip
from cnnsearch.errors import InfeasibleArchitectureError


def lenet5() -> Architecture:
    """LeNet-5 (LeCun et al. 1998, section II.B) with full connections between its feature maps."""

    def conv(filters: int) -> Conv:
        return Conv(filters=filters, kernel_size=5, padding="valid", activation="tanh")

    return Architecture(
        input=Input(shape=(32, 32, 1)),
        stages=(
            Stage(name="c1", blocks=(conv(6),), downsample=(AveragePool(),)),
            Stage(name="c3", blocks=(conv(16),), downsample=(AveragePool(),)),
            Stage(name="c5", blocks=(conv(120),)),
        ),
        head=Head(pooling=FlattenMap(), dense=(Dense(units=84, activation="tanh"),)),
        task=Classification(num_classes=10),
    )


def vgg16() -> Architecture:
    """VGG-16 (Simonyan & Zisserman 2015, table 1, D)."""
    widths = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    return Architecture(
        input=Input(shape=(224, 224, 3)),
        stages=tuple(Stage(blocks=(Conv(filters=f),) * n, downsample=(MaxPool(),)) for f, n in widths),
        head=Head(pooling=FlattenMap(), dense=(Dense(units=4096, dropout=0.5),) * 2),
        task=Classification(num_classes=1000),
    )


def of_blocks(*blocks, shape=(8, 8, 3), **head) -> Architecture:
    return Architecture(
        input=Input(shape=shape, scaling="none"),
        stages=(Stage(blocks=blocks),),
        head=Head(**head),
        task=Classification(num_classes=10),
    )


def test_lenet_5_has_the_papers_weights():
    assert analyze(lenet5()).num_weights == 61_706


def test_lenet_5_has_the_multiplications_added_up_by_hand():
    by_hand = 28 * 28 * 25 * 6 + 10 * 10 * 25 * 6 * 16 + 25 * 16 * 120 + 120 * 84 + 84 * 10
    assert analyze(lenet5()).macs == by_hand == 416_520


def test_lenet_5s_last_feature_map_sees_the_whole_picture():
    assert analyze(lenet5()).receptive_field == 32


def test_lenet_5_layer_by_layer():
    rows = [(row.name, row.output_shape, row.num_weights) for row in analyze(lenet5()).layers]
    assert rows == [
        ("rescaling", (32, 32, 1), 0),
        ("c1_block0_conv", (28, 28, 6), 156),
        ("c1_block0_tanh", (28, 28, 6), 0),
        ("c1_average_pool", (14, 14, 6), 0),
        ("c3_block0_conv", (10, 10, 16), 2_416),
        ("c3_block0_tanh", (10, 10, 16), 0),
        ("c3_average_pool", (5, 5, 16), 0),
        ("c5_block0_conv", (1, 1, 120), 48_120),
        ("c5_block0_tanh", (1, 1, 120), 0),
        ("head_flatten", (120,), 0),
        ("head_dense0_dense", (84,), 10_164),
        ("head_dense0_tanh", (84,), 0),
        ("logits", (10,), 850),
        ("probabilities", (10,), 0),
    ]


def test_vgg_16_has_keras_applications_weights():
    assert analyze(vgg16()).num_weights == 138_357_544


def test_vgg_16_has_the_known_multiplications():
    assert analyze(vgg16()).macs == 15_470_264_320


def test_vgg_16s_last_feature_map_sees_212_pixels():
    assert analyze(vgg16()).receptive_field == 212


def test_activation_bytes_are_four_for_each_number_of_each_layer():
    analysis = analyze(of_blocks(Conv(filters=2, activation="linear"), pooling=GlobalMax()))
    assert analysis.activation_bytes == 4 * (8 * 8 * 2 + 2 + 10 + 10)


def test_moving_statistics_are_not_trained():
    analysis = analyze(of_blocks(Conv(filters=4, use_bias=False, normalization=Batch())))
    assert analysis.num_weights - analysis.num_trainable_weights == 2 * 4


def test_a_block_is_laid_out_in_the_usual_order():
    block = Conv(filters=4, normalization=LayerNorm(), activation="gelu", dropout=0.1)
    types = [row.type for row in analyze(of_blocks(block)).layers[:4]]
    assert types == ["conv", "layer_normalization", "activation", "dropout"]


def test_a_pools_strides_are_its_size_by_default():
    assert analyze(of_blocks(MaxPool(pool_size=3))).layers[0].output_shape == (2, 2, 3)
    assert analyze(of_blocks(MaxPool(pool_size=3, strides=1))).layers[0].output_shape == (6, 6, 3)


def test_a_strided_convolution_halves():
    assert analyze(of_blocks(StridedConv(filters=5))).layers[0].output_shape == (4, 4, 5)


@pytest.mark.parametrize("shape", [(16, 2), (16, 12, 2), (8, 8, 8, 2)])
def test_shapes_follow_the_inputs_dimensions(shape):
    analysis = analyze(of_blocks(Conv(filters=3), MaxPool(), shape=shape))
    assert analysis.layers[2].output_shape == (*(n // 2 for n in shape[:-1]), 3)


def test_the_receptive_field_counts_strides_and_dilation():
    blocks = (
        Conv(filters=1, kernel_size=3, strides=2),
        Conv(filters=1, kernel_size=3, dilation_rate=2),
        MaxPool(),
    )
    assert analyze(of_blocks(*blocks)).receptive_field == 3 + 4 * 2 + 1 * 2


def test_counts_are_the_named_counts():
    analysis = analyze(lenet5())
    assert tuple(analysis.counts) == COUNTS
    assert analysis.counts["weights"] == analysis.num_weights
    assert analysis.counts["layers"] == 14


def test_names_given_twice_are_numbered():
    pools = (MaxPool(), AveragePool())
    stage = Stage(blocks=(Conv(filters=2),), downsample=pools + pools)
    architecture = of_blocks().model_copy(update={"stages": (stage,), "input": Input(shape=(32, 32, 1))})
    names = [row.name for row in analyze(architecture).layers if row.type == "pool"]
    assert names == ["stage0_max_pool", "stage0_average_pool", "stage0_max_pool_2", "stage0_average_pool_2"]


@pytest.mark.parametrize(
    ("blocks", "reason", "limit"),
    [
        (
            (Conv(filters=2, kernel_size=9, padding="valid"),),
            "the feature map vanishes: stage0_block0_conv needs more than the 8x8x3 it is given",
            "vanished feature map",
        ),
        (
            (MaxPool(pool_size=5), MaxPool()),
            "the feature map vanishes: stage0_block1_max_pool needs more than the 1x1x3 it is given",
            "vanished feature map",
        ),
        (
            (Conv(filters=2, strides=2, dilation_rate=3),),
            "Keras has no convolution with both strides 2 and dilation_rate 3: one of them must be 1",
            "strides with dilation_rate",
        ),
        (
            (Conv(filters=4, groups=2),),
            "2 groups must divide both the 3 channels that come in and the 4 filters",
            "groups",
        ),
        (
            (Conv(filters=4, groups=3),),
            "3 groups must divide both the 3 channels that come in and the 4 filters",
            "groups",
        ),
    ],
)
def test_what_cannot_be_built_says_why(blocks, reason, limit):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(*blocks))
    assert (str(caught.value), caught.value.limit, caught.value.violation) == (reason, limit, 1.0)


@pytest.mark.parametrize("make", [lenet5, vgg16])
def test_an_architecture_round_trips_through_json(make):
    assert Architecture.model_validate_json(make().model_dump_json()) == make()


def test_an_architecture_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        lenet5().head.dropout = 0.5


@pytest.mark.parametrize("shape", [(8,), (8, 8, 8, 8, 1), (0, 8, 1)])
def test_an_input_has_one_to_three_dimensions_and_channels(shape):
    with pytest.raises(ValidationError):
        Input(shape=shape)
