"""Rule 8: fields written at an outer level than the parts that use them; and `width`."""

import pytest

from cnnsearch.architecture.blocks import LayerNorm
from tests.space.helpers import blocks_of, faults_with, network, space_with

STAGES = "stages: {filters: 4, blocks: conv}"

# Rule 8: fields written at outer levels


def test_a_field_written_further_out_holds_for_everything_inside():
    space = space_with("activation: elu\nstem: {conv: {filters: 3}}\n" + STAGES + "\nhead: {dense: {}}")
    architecture = network(space)
    found = [architecture.stem[0], *blocks_of(architecture), architecture.head.dense[0]]
    assert {part.activation for part in found} == {"elu"}


def test_the_nearest_wins():
    space = space_with(
        """
        activation: elu
        head: {dense: {}}
        stages:
          filters: 4
          activation: relu
          sequence:
            - {blocks: conv}
            - {activation: tanh, blocks: {sequence: [conv, {conv: {activation: selu}}]}}
        """
    )
    architecture = network(space)
    assert [block.activation for block in blocks_of(architecture)] == ["relu", "tanh", "selu"]
    assert architecture.head.dense[0].activation == "elu"


def test_a_field_that_nothing_uses_is_an_error():
    assert faults_with("stages: {filters: 4, blocks: conv, pool_size: 3}") == [
        "space.yaml:3: architecture.stages.pool_size: no part inside uses it"
    ]


def test_a_field_that_a_nearer_one_hides_is_an_error():
    assert faults_with("activation: elu\nstages: {filters: 4, activation: relu, blocks: conv}") == [
        "space.yaml:3: architecture.activation: no part inside uses it"
    ]


def test_stage_strides_that_no_block_takes_are_an_error():
    assert faults_with("stages: {filters: 4, strides: 2, blocks: {conv: {strides: 1}}}") == [
        "space.yaml:3: architecture.stages.strides: no part inside uses it"
    ]


def test_the_strides_of_a_stage_are_its_first_blocks():
    space = space_with("stages: {repeat: 2, filters: 4, strides: 2, blocks: {repeat: 3, conv: {}}}")
    assert [block.strides for block in blocks_of(network(space))] == [2, 1, 1, 2, 1, 1]


def test_the_strides_of_a_stage_are_a_parameter_where_its_first_block_can_be_left_out():
    space = space_with(
        "stages: {filters: 4, strides: [1, 2], blocks: {sequence: [{repeat: [0, 1], conv: {strides: "
        "1}}, conv]}}"
    )
    assert "stages.strides" in space.parameters


def test_the_strides_of_a_stage_are_not_its_downsamplings():
    space = space_with("stages: {filters: 4, strides: 3, blocks: conv, downsample: strided_conv}")
    assert network(space).stages[0].downsample[0].strides == 2


def test_keys_beside_a_sequence_are_its_items_defaults():
    space = space_with(
        """
        stages:
          blocks: {conv: {kernel_size: 5}}
          downsample: max_pool
          sequence:
            - {filters: 4}
            - {filters: 8, downsample: none}
            - {filters: 2, blocks: {conv: {kernel_size: 1}}}
        """
    )
    stages = network(space).stages
    assert [(s.blocks[0].filters, s.blocks[0].kernel_size, len(s.downsample)) for s in stages] == [
        (4, 5, 1),
        (8, 5, 0),
        (2, 1, 1),
    ]


def test_a_heads_dropout_stays_its_own_beside_one_of():
    space = space_with(
        STAGES + "\nhead: {dropout: 0.2, one_of: [{name: a, dense: {units: 3}}, {name: b, pooling: flatten, "
        "dropout: 0.4}]}"
    )
    first, second = network(space, head="a").head, network(space, head="b").head
    assert (first.dropout, first.dense[0].dropout, second.dropout) == (0.2, 0.0, 0.4)


def test_a_heads_dropout_is_no_layers_default():
    architecture = network(
        space_with(STAGES + "\nhead: {dropout: 0.2, dense: {}, blocks: {conv: {filters: 3}}}")
    )
    head = architecture.head
    assert (head.dropout, head.dense[0].dropout, head.blocks[0].dropout) == (0.2, 0.0, 0.0)


def test_dropout_written_outside_is_the_layers_and_not_the_heads():
    architecture = network(space_with("dropout: 0.3\n" + STAGES + "\nhead: {dense: {}}"))
    assert (architecture.head.dropout, architecture.head.dense[0].dropout) == (0.0, 0.3)


def test_filters_may_be_written_at_the_top():
    assert blocks_of(network(space_with("filters: 7\nstages: {blocks: conv}")))[0].filters == 7


def test_a_normalization_written_outside_is_a_part():
    space = space_with("normalization: {one_of: [none, {batch: {momentum: [0.9, 0.99]}}, layer]}\n" + STAGES)
    assert set(space.parameters) == {"normalization", "normalization.batch.momentum"}
    assert blocks_of(network(space, normalization="layer"))[0].normalization == LayerNorm()


# Width


@pytest.mark.parametrize(
    ("filters", "width", "expected"),
    [
        (16, 1.0, 16),
        (10, 1.0, 10),
        (16, 0.5, 8),
        (20, 0.5, 16),
        (3, 0.5, 8),
        (32, 0.35, 16),
        (24, 1.4, 32),
        (64, 2, 128),
    ],
)
def test_width_multiplies_filters_to_multiples_of_8(filters, width, expected):
    space = space_with(f"width: {width}\nstages: {{filters: {filters}, blocks: conv}}")
    assert blocks_of(network(space))[0].filters == expected


def test_a_width_of_one_stage():
    space = space_with(
        "stages: {filters: 16, sequence: [{name: a, width: [0.5, 2.0], blocks: conv}, {name: b, blocks: "
        "conv}]}"
    )
    assert [block.filters for block in blocks_of(network(space, stages__a__width=2.0))] == [32, 16]


def test_width_does_not_touch_units():
    assert (
        network(space_with("width: 0.5\n" + STAGES + "\nhead: {dense: {units: 10}}")).head.dense[0].units
        == 10
    )
