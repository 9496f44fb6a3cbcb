import pytest

from cnnsearch.architecture import layers


def test_pooling_keeps_the_channels():
    assert layers.Pooling("max", 3, 2, "same").output_shape((7, 8, 5)) == (4, 4, 5)
    assert layers.Pooling("max", 3, 2).output_shape((7, 8, 5)) == (3, 3, 5)


def test_flattening_takes_all_numbers():
    assert layers.Flatten().output_shape((3, 4, 5)) == (60,)


def test_global_pooling_leaves_a_number_for_each_channel():
    assert layers.GlobalPooling("max").output_shape((3, 4, 5)) == (5,)
    assert layers.GlobalPooling("average", keepdims=True).output_shape((3, 4, 5)) == (1, 1, 5)


@pytest.mark.parametrize("shape", [(9, 5), (9, 7, 5), (9, 7, 4, 5)])
def test_adaptive_pooling_gives_so_many_parts_along_each_dimension(shape):
    assert layers.AdaptivePooling(4).output_shape(shape) == (*(4 for _ in shape[1:]), 5)


def test_adaptive_pooling_of_fewer_positions_than_parts_is_empty():
    assert min(layers.AdaptivePooling(4).output_shape((9, 3, 5))) == 0


def test_padding_adds_zeros_at_both_ends():
    assert layers.ZeroPadding(2).output_shape((3, 4, 5)) == (7, 8, 5)
