import pytest

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.architecture.blocks import (
    HEAD_POOLINGS,
    Conv,
    Dense,
    FlattenMap,
    FullyConvolutional,
    SpatialPyramid,
)
from cnnsearch.errors import InfeasibleArchitectureError
from tests.architecture.helpers import of_blocks

SHAPES = [(9, 3), (9, 7, 3), (9, 7, 5, 3)]
CONV = Conv(filters=6, activation="linear")


def head_rows(shape: tuple[int, ...], **head) -> list[tuple[str, tuple[int, ...]]]:
    """Name and shape of what follows the only block."""
    layers = analyze(of_blocks(CONV, shape=shape, **head)).layers[1:]
    return [(row.name, row.output_shape) for row in layers]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("word", ["global_average", "global_max"])
def test_global_pooling_leaves_the_channels(word, shape):
    rows = head_rows(shape, pooling=HEAD_POOLINGS[word]())
    assert rows == [(f"head_{word}", (6,)), ("logits", (10,)), ("probabilities", (10,))]


@pytest.mark.parametrize(
    ("shape", "features"), [(SHAPES[0], 9 * 6), (SHAPES[1], 63 * 6), (SHAPES[2], 315 * 6)]
)
def test_flattening_keeps_every_number(shape, features):
    assert head_rows(shape, pooling=FlattenMap())[0] == ("head_flatten", (features,))


@pytest.mark.parametrize(
    ("shape", "parts"), [(SHAPES[0], 1 + 2 + 4), (SHAPES[1], 1 + 4 + 16), (SHAPES[2], 1 + 8 + 64)]
)
def test_a_spatial_pyramid_gives_as_many_numbers_as_it_has_parts(shape, parts):
    rows = head_rows(shape, pooling=SpatialPyramid(levels=3))
    assert dict(rows)["head_concatenate"] == (parts * 6,)


def test_the_layers_of_a_spatial_pyramid():
    assert head_rows((9, 7, 3), pooling=SpatialPyramid(levels=2)) == [
        ("head_pyramid0", (6,)),
        ("head_pyramid1", (2, 2, 6)),
        ("head_flatten", (24,)),
        ("head_concatenate", (30,)),
        ("logits", (10,)),
        ("probabilities", (10,)),
    ]


def test_a_spatial_pyramid_of_one_level_is_global_max_pooling():
    assert head_rows((9, 7, 3), pooling=SpatialPyramid(levels=1))[0] == ("head_pyramid0", (6,))


def test_a_spatial_pyramid_of_more_parts_than_positions_is_refused():
    with pytest.raises(InfeasibleArchitectureError) as caught:
        head_rows((9, 7, 3), pooling=SpatialPyramid(levels=4))
    assert str(caught.value) == ("the feature map vanishes: the input of head_pyramid3, 9x7x6, is too small")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_fully_convolutional_head_averages_one_map_a_class(shape):
    rows = head_rows(shape, pooling=FullyConvolutional())
    assert rows == [("logits", (*shape[:-1], 10)), ("average", (10,)), ("probabilities", (10,))]


def test_a_fully_convolutional_heads_dense_layers_see_each_position():
    analysis = analyze(
        of_blocks(CONV, shape=(9, 7, 3), pooling=FullyConvolutional(), dense=(Dense(units=5),))
    )
    dense, logits = (
        next(row for row in analysis.layers if row.name == name) for name in ("head_dense0_dense", "logits")
    )
    assert (dense.output_shape, dense.num_weights, dense.macs) == ((9, 7, 5), 6 * 5 + 5, 63 * 6 * 5)
    assert (logits.num_weights, logits.macs) == (5 * 10 + 10, 63 * 5 * 10)


def test_dense_layers_and_dropout_stand_before_the_output():
    dense = (Dense(units=5, activation="tanh", dropout=0.5), Dense(units=4, use_bias=False))
    assert head_rows((9, 7, 3), dense=dense, dropout=0.1) == [
        ("head_global_average", (6,)),
        ("head_dense0_dense", (5,)),
        ("head_dense0_tanh", (5,)),
        ("head_dense0_dropout", (5,)),
        ("head_dense1_dense", (4,)),
        ("head_dense1_relu", (4,)),
        ("head_dropout", (4,)),
        ("logits", (10,)),
        ("probabilities", (10,)),
    ]


def test_blocks_of_the_head_stand_before_its_pooling():
    assert head_rows((9, 7, 3), blocks=(Conv(filters=2),))[0] == ("head_block0_conv", (9, 7, 2))


@pytest.mark.parametrize("word", HEAD_POOLINGS)
def test_a_heads_pooling_round_trips_through_json(word):
    architecture = of_blocks(CONV, pooling=HEAD_POOLINGS[word]())
    assert Architecture.model_validate_json(architecture.model_dump_json()) == architecture


def test_only_flattening_needs_a_fixed_size():
    assert {word for word, pooling in HEAD_POOLINGS.items() if pooling.needs_fixed_size} == {"flatten"}
