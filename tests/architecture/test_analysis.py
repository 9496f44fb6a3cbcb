import pytest

from cnnsearch.architecture import Architecture, Head, Input, Stage, analyze
from cnnsearch.architecture.analysis import COUNTS
from cnnsearch.architecture.blocks import (
    AveragePool,
    Conv,
    Dense,
    FlattenMap,
    GlobalMax,
    MaxPool,
    StridedConv,
)
from cnnsearch.tasks.classification.task import Classification
from tests.architecture.helpers import of_blocks


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
        outputs=Classification.of(10).outputs,
    )


def vgg16() -> Architecture:
    """VGG-16 (Simonyan & Zisserman 2015, table 1, D)."""
    widths = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    return Architecture(
        input=Input(shape=(224, 224, 3)),
        stages=tuple(Stage(blocks=(Conv(filters=f),) * n, downsample=(MaxPool(),)) for f, n in widths),
        head=Head(pooling=FlattenMap(), dense=(Dense(units=4096, dropout=0.5),) * 2),
        outputs=Classification.of(1000).outputs,
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


def test_counts_are_the_named_counts():
    analysis = analyze(lenet5())
    assert tuple(analysis.counts) == COUNTS
    assert analysis.counts["weights"] == analysis.num_weights
    assert analysis.counts["layers"] == 14


def test_the_final_size_is_the_smallest_side_of_the_map_that_the_head_pools():
    strided = StridedConv(filters=2)
    assert analyze(of_blocks(strided, shape=(16, 12, 3))).final_size == 6
    assert analyze(of_blocks(strided, shape=(16, 12, 3), blocks=(strided,))).final_size == 3


@pytest.mark.parametrize("make", [lenet5, vgg16])
def test_an_architecture_round_trips_through_json(make):
    assert Architecture.model_validate_json(make().model_dump_json()) == make()
