import pytest

from cnnsearch.architecture import analyze
from cnnsearch.architecture.blocks import AveragePool, LocalResponse, MaxPool, MinPool
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import macs_of, names_of, of_blocks, rows_of, weights_of

POOLS = {"max_pool": MaxPool, "average_pool": AveragePool, "min_pool": MinPool}


@pytest.mark.parametrize("word", POOLS)
@pytest.mark.parametrize("shape", [(9, 3), (9, 7, 3), (9, 7, 5, 3)])
def test_a_pool_keeps_the_channels_and_holds_no_weights(word, shape):
    (row,) = rows_of(POOLS[word](), *shape)
    assert row.name == f"stage0_block0_{word}"
    assert row.output_shape == (*(size // 2 for size in shape[:-1]), 3)
    assert (row.num_weights, row.macs) == (0, 0)


@pytest.mark.parametrize("pool", POOLS.values())
def test_a_pools_strides_are_its_size_by_default(pool):
    assert rows_of(pool(pool_size=3), 8, 8, 3)[0].output_shape == (2, 2, 3)
    assert rows_of(pool(pool_size=3, strides=1), 8, 8, 3)[0].output_shape == (6, 6, 3)


def test_a_padded_pool_keeps_the_border():
    assert rows_of(MaxPool(pool_size=3, strides=2, padding="same"), 7, 7, 3)[0].output_shape == (4, 4, 3)


@pytest.mark.parametrize(
    ("size", "padding", "output"), [(3, 1, (5, 4, 3)), ("3x2", "2x0", (6, 4, 3)), (2, 0, (4, 4, 3))]
)
def test_a_pool_with_padding_in_pixels(size, padding, output):
    assert rows_of(MaxPool(pool_size=size, strides=2, padding=padding), 9, 8, 3)[0].output_shape == output


@pytest.mark.parametrize(("size", "padding"), [(2, 2), (2, 3), ("3x1", 1), (3, "1x3")])
def test_a_pool_with_windows_of_padding_only_is_infeasible(size, padding):
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(AveragePool(pool_size=size, padding=padding)))
    assert caught.value.limit == "padding of pools"
    assert str(caught.value) == (
        f"the padding of a pool must be smaller than its pool_size; found padding {padding} and "
        f"pool_size {size}"
    )


def test_a_pool_larger_than_the_map_is_refused():
    with pytest.raises(InfeasibleArchitectureError) as caught:
        analyze(of_blocks(MaxPool(pool_size=5), MinPool()))
    assert str(caught.value) == (
        "the feature map vanishes: the input of stage0_block1_min_pool, 1x1x3, is too small"
    )
    assert caught.value.limit == "vanished feature map"


def test_local_response_is_a_block_of_one_layer_without_weights():
    block = LocalResponse(depth_radius=1)
    assert names_of(block, 8, 8, 3) == ["local_response"]
    assert (weights_of(block, 8, 8, 3), macs_of(block, 8, 8, 3)) == (0, 0)
