from cnnsearch.architecture import layers


def test_a_sum_keeps_the_shape():
    assert layers.Add().output_shape((4, 5, 6), (4, 5, 6)) == (4, 5, 6)


def test_a_product_with_factors_keeps_the_maps_shape():
    assert layers.Multiply().output_shape((4, 5, 6), (1, 1, 6)) == (4, 5, 6)


def test_channels_are_concatenated():
    assert layers.Concatenate().output_shape((4, 5, 6), (4, 5, 1), (4, 5, 3)) == (4, 5, 10)


def test_a_map_of_size_1_gets_the_size_of_the_other():
    assert layers.Broadcast().output_shape((1, 1, 6), (4, 5, 3)) == (4, 5, 6)


def test_vectors_are_concatenated():
    assert layers.Concatenate().output_shape((6,), (24,)) == (30,)
