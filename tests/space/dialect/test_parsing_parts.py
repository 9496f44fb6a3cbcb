"""Rules 2 to 5: words, lists of parts, repeats, and choices for each repeat."""

from cnnsearch.architecture.blocks import BatchNorm
from cnnsearch.space.domains import Choice
from tests.space.helpers import blocks_of, network, space_with

STAGES = "stages: {filters: 4, blocks: conv}"

# Rule 2: words


def test_a_bare_word_takes_its_defaults():
    (block,) = blocks_of(network(space_with(STAGES)))
    assert (block.kernel_size, block.padding, block.activation, block.use_bias) == (3, "same", "relu", True)


def test_none_leaves_a_part_out():
    space = space_with(
        "stages: {filters: 4, blocks: conv, downsample: none}\nstem: none\nhead: {dense: none}"
    )
    architecture = network(space)
    assert (architecture.stages[0].downsample, architecture.stem, architecture.head.dense) == ((), (), ())


def test_a_list_of_words_is_a_choice():
    space = space_with("stages: {filters: 4, blocks: conv, downsample: [none, max_pool]}")
    assert space.parameters == {"stages.downsample": Choice(("none", "max_pool"))}
    (pool,) = network(space, stages__downsample="max_pool").stages[0].downsample
    assert pool.type == "max_pool"


def test_a_word_takes_fields():
    space = space_with("stages: {filters: 4, blocks: conv}\nnormalization: {batch: {momentum: 0.8}}")
    assert blocks_of(network(space))[0].normalization == BatchNorm(momentum=0.8)


# Rule 3: one_of and sequence


def test_one_of_chooses_between_parts_by_their_words():
    space = space_with(
        "stages: {filters: 4, blocks: {one_of: [{conv: {kernel_size: 5}}, {max_pool: {pool_size: 3}}]}}"
    )
    assert space.parameters["stages.blocks"] == Choice(("conv", "max_pool"))
    (block,) = blocks_of(network(space, stages__blocks="max_pool"))
    assert (block.type, block.pool_size) == ("max_pool", 3)


def test_one_of_chooses_between_parts_by_their_names():
    space = space_with(
        "stages: {filters: 4, blocks: {one_of: [{name: a, conv: {kernel_size: 1}}, {name: b, conv: "
        "{kernel_size: 5}}]}}"
    )
    assert blocks_of(network(space, stages__blocks="b"))[0].kernel_size == 5


def test_one_of_takes_bare_words_too():
    space = space_with("stem: {one_of: [none, {conv: {filters: 8}}]}\n" + STAGES)
    assert network(space, stem="none").stem == ()
    assert network(space, stem="conv").stem[0].filters == 8


def test_one_of_chooses_between_whole_architectures():
    space = space_with(
        """
        one_of:
          - {name: wide, stages: {filters: [64, 128], blocks: conv}}
          - {name: deep, stages: {repeat: {low: 4, high: 8}, filters: 8, blocks: conv}}
        """
    )
    assert {"architecture", "wide.stages.filters", "deep.stages.repeat"} == set(space.parameters)
    assert len(network(space, architecture="deep", deep__stages__repeat=5).stages) == 5


def test_a_sequence_builds_its_items_in_order():
    space = space_with("stages: {filters: 4, blocks: {sequence: [conv, max_pool, {conv: {kernel_size: 1}}]}}")
    assert [block.type for block in blocks_of(network(space))] == ["conv", "max_pool", "conv"]


def test_an_item_of_a_sequence_may_be_left_out():
    space = space_with("stages: {filters: 4, blocks: {sequence: [conv, [none, max_pool]]}}")
    assert space.parameters == {"stages.blocks.1": Choice(("none", "max_pool"))}


def test_stages_are_called_as_their_items_are_named():
    space = space_with(
        "stages: {filters: 4, sequence: [{name: first, blocks: conv}, {name: last, blocks: conv}]}"
    )
    assert [stage.name for stage in network(space).stages] == ["first", "last"]


# Rule 4: repeat, and nesting


def test_repeat_repeats_a_part():
    space = space_with("stages: {repeat: 2, filters: 4, blocks: {repeat: 3, conv: {}}}")
    assert [len(stage.blocks) for stage in network(space).stages] == [3, 3]


def test_repeat_zero_leaves_the_part_out():
    space = space_with(STAGES + "\nhead: {dense: {repeat: 0, units: [3, 4]}}")
    assert network(space).head.dense == ()


def test_repeat_stands_beside_a_sequence():
    space = space_with("stages: {filters: 4, blocks: {repeat: 2, sequence: [conv, max_pool]}}")
    assert [block.type for block in blocks_of(network(space))] == ["conv", "max_pool"] * 2


def test_repeat_stands_beside_one_of_and_the_choice_holds_for_all():
    space = space_with("stages: {filters: 4, blocks: {repeat: 4, one_of: [conv, max_pool]}}")
    for seed in range(4):
        assert len({block.type for block in blocks_of(network(space, seed))}) == 1


def test_repeat_of_an_item():
    space = space_with("stages: {filters: 4, blocks: {sequence: [{repeat: 2, conv: {}}, max_pool]}}")
    assert [block.type for block in blocks_of(network(space))] == ["conv", "conv", "max_pool"]


def test_parts_nest():
    space = space_with(
        """
        stages:
          filters: 4
          blocks:
            sequence:
              - {repeat: 2, sequence: [conv, {one_of: [max_pool, average_pool]}]}
              - conv
        """
    )
    types = [block.type for block in blocks_of(network(space, stages__blocks__0__1="max_pool"))]
    assert types == ["conv", "max_pool", "conv", "max_pool", "conv"]


# Rule 5, for parts


def test_a_choice_of_words_for_each_stage():
    space = space_with(
        "stages: {repeat: 2, filters: 4, blocks: conv, downsample: {per_stage: [none, max_pool]}}"
    )
    assert list(space.parameters) == ["stages.0.downsample", "stages.1.downsample"]
    stages = network(space, stages__0__downsample="none", stages__1__downsample="max_pool").stages
    assert [len(stage.downsample) for stage in stages] == [0, 1]


def test_a_choice_of_parts_for_each_stage():
    space = space_with(
        "stages: {repeat: 2, filters: 4, blocks: {per_stage: {one_of: [conv, {max_pool: {pool_size: [2, "
        "3]}}]}}}"
    )
    assert set(space.parameters) == {"stages.0.blocks", "stages.1.blocks", "stages.blocks.max_pool.pool_size"}


def test_words_in_turn():
    space = space_with(
        "stages: {repeat: 3, filters: 4, blocks: conv, "
        "downsample: {per_stage: {sequence: [max_pool, [none, average_pool]]}}}"
    )
    assert list(space.parameters) == ["stages.1.downsample", "stages.2.downsample"]
    stages = network(space, stages__1__downsample="none", stages__2__downsample="average_pool").stages
    assert [[block.type for block in stage.downsample] for stage in stages] == [
        ["max_pool"],
        [],
        ["average_pool"],
    ]


def test_a_choice_for_each_block_of_each_stage():
    space = space_with(
        "stages: {repeat: 2, filters: 4, blocks: {repeat: 2, conv: {activation: {per_stage: {per_block: "
        "[relu, elu]}}}}}"
    )
    assert set(space.parameters) == {
        f"stages.{stage}.blocks.{block}.conv.activation" for stage in range(2) for block in range(2)
    }
