import pytest

from cnnsearch.architecture import analyze
from cnnsearch.architecture.blocks import (
    BatchNorm,
    Conv,
    DenseBlock,
    Inception,
    MaxPool,
    Parallel,
    Residual,
    Series,
)
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import macs_of, names_of, of_blocks, rows_of, weights_of

MODULE_3A = Inception(
    filters_1x1=64,
    filters_3x3_reduce=96,
    filters_3x3=128,
    filters_5x5_reduce=16,
    filters_5x5=32,
    filters_pool=32,
)

# Inception


def test_inception_3a_of_googlenet():
    """Szegedy et al. 2015, table 1, with biases."""
    by_hand = (
        (192 * 64 + 64)
        + (192 * 96 + 96)
        + (9 * 96 * 128 + 128)
        + (192 * 16 + 16)
        + (25 * 16 * 32 + 32)
        + (192 * 32 + 32)
    )
    assert rows_of(MODULE_3A, 28, 28, 192)[-1].output_shape == (28, 28, 256)
    assert weights_of(MODULE_3A, 28, 28, 192) == by_hand == 163_696
    biases = 64 + 96 + 128 + 16 + 32 + 32
    assert macs_of(MODULE_3A, 28, 28, 192) == 28 * 28 * (by_hand - biases) == 128_049_152


def test_the_branches_of_inception_are_named_and_concatenated():
    names = [name for name in names_of(MODULE_3A, 28, 28, 192) if not name.endswith("relu")]
    assert names == [
        "pool",
        "1x1_conv",
        "3x3_reduce_conv",
        "3x3_conv",
        "5x5_reduce_conv",
        "5x5_conv",
        "pool_conv",
        "concatenate",
    ]


@pytest.mark.parametrize(
    ("shape", "small", "large"), [((8, 2), 3, 5), ((8, 8, 2), 9, 25), ((8, 8, 8, 2), 27, 125)]
)
def test_inception_in_other_dimensions(shape, small, large):
    block = Inception(
        filters_1x1=1,
        filters_3x3_reduce=2,
        filters_3x3=3,
        filters_5x5_reduce=4,
        filters_5x5=5,
        filters_pool=6,
    )
    kernels = 2 * 1 + 2 * 2 + small * 2 * 3 + 2 * 4 + large * 4 * 5 + 2 * 6
    assert weights_of(block, *shape) == kernels + (1 + 2 + 3 + 4 + 5 + 6)
    assert rows_of(block, *shape)[-1].output_shape == (*shape[:-1], 1 + 3 + 5 + 6)


# Dense blocks


def test_densenet_121s_first_layer():
    """Huang et al. 2017, table 1: 64 maps in, 128 in the middle, 32 added; without biases."""
    block = DenseBlock(layers=1, growth_rate=32, use_bias=False, normalization=BatchNorm())
    rows = rows_of(block, 56, 56, 64)
    assert [row.name.removeprefix("stage0_block0_") for row in rows] == [
        "layer0_batch_normalization",
        "layer0_relu",
        "layer0_narrow",
        "layer0_batch_normalization_2",
        "layer0_relu_2",
        "layer0_conv",
        "layer0_concatenate",
        "batch_normalization",  # these two close the network
        "relu",
    ]
    by_hand = 4 * 64 + 64 * 128 + 4 * 128 + 9 * 128 * 32
    assert sum(row.num_weights for row in rows[:7]) == by_hand == 45_824
    assert rows[6].output_shape == (56, 56, 96)


def test_densenet_121s_first_transition():
    """Huang et al. 2017, table 1: 256 maps to 128, halved; without biases."""
    block = DenseBlock(layers=1, growth_rate=32, strides=2, use_bias=False, normalization=BatchNorm())
    rows = [row for row in rows_of(block, 56, 56, 256) if "transition" in row.name]
    assert [row.type for row in rows] == ["batch_normalization", "activation", "conv", "pool"]
    assert sum(row.num_weights for row in rows) == 4 * 256 + 256 * 128 == 33_792
    assert rows[-1].output_shape == (28, 28, 128)


def test_each_layer_of_a_dense_block_reads_all_maps_before_it():
    rows = rows_of(DenseBlock(layers=3, growth_rate=5), 8, 8, 4)
    assert [row.output_shape[-1] for row in rows if row.type == "concatenate"] == [9, 14, 19]
    narrow = [row.num_weights for row in rows if row.name.endswith("narrow")]
    assert narrow == [4 * 20 + 20, 9 * 20 + 20, 14 * 20 + 20]


def test_a_dense_block_without_narrowing():
    assert names_of(DenseBlock(layers=1, narrowing=0), 8, 8, 4)[:3] == [
        "layer0_relu",
        "layer0_conv",
        "layer0_concatenate",
    ]


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        ((8, 4), 4 * 8 + 8 + 3 * 8 * 2 + 2),
        ((8, 8, 4), 4 * 8 + 8 + 9 * 8 * 2 + 2),
        ((8, 8, 8, 4), 4 * 8 + 8 + 27 * 8 * 2 + 2),
    ],
)
def test_a_dense_blocks_weights(shape, weights):
    assert weights_of(DenseBlock(layers=1, growth_rate=2), *shape) == weights


def test_compression_keeps_one_map_at_least():
    rows = rows_of(DenseBlock(layers=1, strides=2, compression=0.1), 8, 8, 4)
    assert next(row for row in rows if row.name.endswith("transition_conv")).output_shape == (8, 8, 1)


# Series and parallel


def test_a_series_is_its_blocks_in_order():
    series = Series(blocks=(Conv(filters=2), Conv(name="last", filters=3)))
    assert names_of(series, 8, 8, 4) == ["part0_conv", "part0_relu", "last_conv", "last_relu"]


def test_a_series_is_closed_by_its_last_block():
    series = Series(blocks=(Conv(filters=4), Residual(filters=4, pre_activation=True)))
    assert names_of(series, 8, 8, 4)[-2:] == ["part1_add", "relu"]


def test_branches_are_concatenated():
    parallel = Parallel(
        branches=(
            Conv(filters=2),
            Series(name="long", blocks=(Conv(filters=3), MaxPool(strides=1, padding="same"))),
        )
    )
    rows = rows_of(parallel, 8, 8, 4)
    assert [row.name.removeprefix("stage0_block0_") for row in rows] == [
        "branch0_conv",
        "branch0_relu",
        "long_part0_conv",
        "long_part0_relu",
        "long_part1_max_pool",
        "concatenate",
    ]
    assert rows[-1].output_shape == (8, 8, 5)


@pytest.mark.parametrize(("shape", "kernel"), [((8, 4), 3), ((8, 8, 4), 9), ((8, 8, 8, 4), 27)])
def test_branches_cost_what_they_cost_alone(shape, kernel):
    parallel = Parallel(branches=(Conv(filters=2), Conv(filters=3, kernel_size=1)))
    assert weights_of(parallel, *shape) == (kernel * 4 * 2 + 2) + (4 * 3 + 3)


def test_every_branch_is_closed():
    parallel = Parallel(branches=(Residual(filters=4, pre_activation=True),) * 2)
    names = names_of(parallel, 8, 8, 4)
    assert names[-1] == "concatenate"
    assert [name for name in names if name.endswith("relu_3")] == ["branch0_relu_3", "branch1_relu_3"]


def test_one_branch_needs_no_concatenation():
    assert names_of(Parallel(branches=(Conv(filters=2),)), 8, 8, 4) == ["branch0_conv", "branch0_relu"]


def test_a_branch_of_nothing_is_a_shortcut():
    rows = rows_of(Parallel(branches=(Series(blocks=()), Conv(filters=2))), 8, 8, 4)
    assert rows[-1].output_shape == (8, 8, 6)


@pytest.mark.parametrize("block", [Series(blocks=()), Parallel(branches=())])
def test_a_block_of_nothing_adds_nothing(block):
    assert rows_of(block, 8, 8, 4) == []


def test_branches_that_end_in_maps_of_other_sizes_are_refused():
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(Parallel(branches=(Conv(filters=2), Conv(filters=2, strides=2), MaxPool()))))
    assert str(caught.value) == (
        "the branches of a parallel block must end in feature maps of the same size; found 8x8, 4x4, 4x4"
    )
    assert caught.value.limit == "sizes of branches"
