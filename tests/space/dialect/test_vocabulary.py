"""The dialect's side of the vocabulary: every word, nested parts, what reaches into them, what they serve."""

import pytest

from cnnsearch.architecture import analyze
from cnnsearch.architecture.blocks import BLOCKS, HEAD_POOLINGS, NORMALIZATIONS, LayerNorm, SpatialPyramid
from cnnsearch.architecture.blocks.normalizations import Group, LocalResponseNorm
from cnnsearch.architecture.network import Spectrogram
from cnnsearch.errors import SpaceError
from cnnsearch.space.domains import Choice
from tests.space.helpers import blocks_of, faults_with, network, space_with

INCEPTION = (
    "filters_1x1: 8, filters_3x3_reduce: 12, filters_3x3: 16, "
    "filters_5x5_reduce: 2, filters_5x5: 4, filters_pool: 4"
)
WITHOUT_DEFAULTS = ("inception", "parallel", "series")


def shapes_of(space, name: str, **values) -> list[tuple[int, ...]]:
    """The shapes of the layers of a type."""
    rows = analyze(network(space, **values)).layers
    return [row.output_shape for row in rows if row.type == name]


# Every word


@pytest.mark.parametrize("word", [word for word in BLOCKS if word not in WITHOUT_DEFAULTS])
def test_a_bare_word_is_a_block_with_its_defaults(word):
    space = space_with(f"stages: {{filters: 4, blocks: {{sequence: [{word}, conv]}}}}")
    filters = {"filters": 4} if "filters" in BLOCKS[word].model_fields else {}
    assert blocks_of(network(space))[0] == BLOCKS[word](**filters)


@pytest.mark.parametrize("word", NORMALIZATIONS)
def test_a_bare_word_is_a_normalization_with_its_defaults(word):
    space = space_with(f"normalization: {word}\nstages: {{filters: 8, blocks: conv}}")
    assert blocks_of(network(space))[0].normalization == NORMALIZATIONS[word]()


def test_a_normalization_takes_fields():
    space = space_with(
        "normalization: {one_of: [{group: {groups: [2, 4]}}, {local_response: {depth_radius: 3}}]}\n"
        "stages: {filters: 8, blocks: conv}"
    )
    assert space.parameters["normalization.group.groups"] == Choice((2, 4))
    made = [
        blocks_of(network(space, normalization=word))[0].normalization for word in ("group", "local_response")
    ]
    assert isinstance(made[0], Group)
    assert made[1] == LocalResponseNorm(depth_radius=3)


@pytest.mark.parametrize("word", HEAD_POOLINGS)
def test_a_bare_word_is_a_heads_pooling(word):
    space = space_with(f"stages: {{filters: 8, blocks: conv}}\nhead: {{pooling: {word}}}")
    assert network(space).head.pooling == HEAD_POOLINGS[word]()


def test_a_heads_pooling_takes_fields():
    space = space_with(
        "stages: {filters: 8, blocks: conv}\n"
        "head: {pooling: {one_of: [global_max, {spatial_pyramid: {levels: [2, 3]}}]}}"
    )
    assert set(space.parameters) == {"head.pooling", "head.pooling.spatial_pyramid.levels"}
    head = network(space, head__pooling="spatial_pyramid", head__pooling__spatial_pyramid__levels=3).head
    assert head.pooling == SpatialPyramid(levels=3)


def test_convnext_normalizes_by_layers_by_default():
    plain = blocks_of(network(space_with("stages: {filters: 8, blocks: convnext}")))[0]
    told = blocks_of(network(space_with("normalization: none\nstages: {filters: 8, blocks: convnext}")))[0]
    assert plain.normalization == LayerNorm(epsilon=1e-6)
    assert told.normalization is None


def test_blocks_of_a_skip_connection_have_filters_of_their_own_and_those_of_a_level_have_not():
    space = space_with(
        "stages: {filters: 8, blocks: conv}\n"
        "decoder: {levels: [all, last], skip_blocks: {conv: {filters: [4, 6]}}, blocks: conv}"
    )
    assert set(space.parameters) == {"decoder.levels", "decoder.skip_blocks.conv.filters"}
    made = network(space, decoder__levels="last", decoder__skip_blocks__conv__filters=6).decoder
    assert (made.levels, made.skip_blocks[0].filters) == ("last", 6)
    assert faults_with(
        "stages: {filters: 8, blocks: conv}\n"
        "decoder: {blocks: {parallel: {branches: {sequence: [conv, {conv: {filters: 4}}]}}}}"
    ) == [
        "space.yaml:4: architecture.decoder.blocks.parallel.branches.1.conv.filters: found filters of a "
        "block; expected them beside blocks, for all blocks of a level"
    ]


def test_inceptions_filters_have_no_defaults():
    assert faults_with("stages: {blocks: {inception: {filters_1x1: 8}}}") == [
        "space.yaml:3: architecture.stages.blocks.inception: inception has no filters_3x3_reduce; "
        "write it here, or at an outer level for all parts inside"
    ]


def test_inceptions_filters_may_be_written_further_out():
    (block,) = blocks_of(network(space_with(f"stages: {{{INCEPTION}, blocks: inception}}")))
    assert (block.filters_3x3_reduce, block.filters_3x3) == (12, 16)


# Nested parts


@pytest.mark.parametrize(
    ("branches", "types"),
    [
        ("conv", ["conv"]),
        ("{repeat: 3, conv: {}}", ["conv"] * 3),
        ("{sequence: [conv, {max_pool: {strides: 1}}]}", ["conv", "max_pool"]),
        ("{sequence: [conv, {repeat: 2, separable_conv: {}}]}", ["conv", "separable_conv", "separable_conv"]),
        ("{one_of: [{name: a, repeat: 2, conv: {}}, separable_conv]}", ["conv", "conv"]),
        ("{sequence: [conv, [none, separable_conv]]}", ["conv"]),
    ],
)
def test_branches_stand_side_by_side(branches, types):
    space = space_with(f"stages: {{filters: 4, blocks: {{parallel: {{branches: {branches}}}}}}}")
    words = {"stages.blocks.parallel.branches": "a", "stages.blocks.parallel.branches.1": "none"}
    given = {name.replace(".", "__"): words[name] for name in space.parameters}
    (block,) = blocks_of(network(space, **given))
    assert [branch.type for branch in block.branches] == types


def test_a_series_is_one_block_of_several():
    space = space_with(
        "stages: {filters: 4, blocks: {repeat: 2, series: {blocks: {sequence: [conv, {repeat: 2, "
        "depthwise_conv: {}}]}}}}"
    )
    first, second = blocks_of(network(space))
    assert first == second
    assert [block.type for block in first.blocks] == ["conv", "depthwise_conv", "depthwise_conv"]


def test_parts_nest_in_parts():
    space = space_with(
        """
        stages:
          filters: 4
          blocks:
            parallel:
              branches:
                sequence:
                  - conv
                  - name: long
                    series: {blocks: {sequence: [conv, {parallel: {branches: [conv, residual]}}]}}
        """
    )
    name = "stages.blocks.parallel.branches.long.series.blocks.1.parallel.branches"
    assert space.parameters == {name: Choice(("conv", "residual"))}
    (block,) = blocks_of(network(space, **{name.replace(".", "__"): "residual"}))
    assert block.branches[1].name == "long"
    assert block.branches[1].blocks[1].branches[0].type == "residual"


def test_a_part_without_what_it_is_made_of_is_refused():
    assert faults_with("stages: {filters: 4, blocks: parallel}") == [
        "space.yaml:3: architecture.stages.blocks.parallel: parallel has no branches; "
        "write it here, or at an outer level for all parts inside"
    ]


@pytest.mark.parametrize(
    "part",
    ["parallel: {branches: {repeat: [0, 1], conv: {}}}", "series: {blocks: {sequence: [[none, conv]]}}"],
)
def test_a_part_of_which_all_is_left_out_builds_nothing(part):
    space = space_with(f"input: {{scaling: none}}\nstages: {{filters: 4, blocks: {{{part}}}}}")
    (name,) = space.parameters
    nothing = 0 if name.endswith("repeat") else "none"
    rows = analyze(network(space, **{name.replace(".", "__"): nothing})).layers
    assert rows[0].name == "head_global_average"


def test_a_value_for_each_branch():
    space = space_with(
        "stages: {filters: 4, blocks: {parallel: {branches: {repeat: 3, conv: {kernel_size: {per_branch: "
        "[1, 3, 5]}}}}}}"
    )
    prefix = "stages.blocks.parallel.branches"
    assert list(space.parameters) == [f"{prefix}.{number}.conv.kernel_size" for number in range(3)]
    given = {name.replace(".", "__"): size for name, size in zip(space.parameters, (1, 3, 5), strict=True)}
    (block,) = blocks_of(network(space, **given))
    assert [branch.kernel_size for branch in block.branches] == [1, 3, 5]


def test_values_of_branches_in_turn():
    space = space_with(
        "stages: {filters: 4, blocks: {parallel: {branches: {repeat: 3, conv: {dilation_rate: {per_branch: "
        "{sequence: [1, 2, 4]}}}}}}}"
    )
    (block,) = blocks_of(network(space))
    assert [branch.dilation_rate for branch in block.branches] == [1, 2, 4]


def test_a_value_for_each_part_of_a_series():
    space = space_with(
        "stages: {filters: 4, blocks: {series: {blocks: {repeat: 2, "
        "conv: {kernel_size: {per_layer: {sequence: [1, 3]}}}}}}}"
    )
    (block,) = blocks_of(network(space))
    assert [part.kernel_size for part in block.blocks] == [1, 3]


def test_a_value_for_each_branch_outside_of_branches_is_refused():
    assert faults_with("stages: {filters: 4, blocks: {conv: {kernel_size: {per_branch: [1, 3]}}}}") == [
        "space.yaml:3: architecture.stages.blocks.conv.kernel_size: has a value per branch, but a part "
        "that uses it is in no branch; give that part its own value"
    ]


def test_what_is_written_further_out_reaches_nested_parts():
    space = space_with(
        "activation: elu\n"
        "stages: {filters: 4, blocks: {parallel: {branches: {sequence: [conv, {series: {blocks: conv}}]}}}}"
    )
    (block,) = blocks_of(network(space))
    conv, series = block.branches
    assert conv.activation == series.blocks[0].activation == "elu"


def test_a_baseline_may_leave_the_numbers_of_branches_out():
    space = space_with(
        "stages: {filters: 4, blocks: {parallel: {branches: {repeat: 2, conv: {kernel_size: {per_branch: "
        "[1, 3]}}}}}}",
        rest="baselines: {it: {stages.blocks.parallel.branches.conv.kernel_size: {sequence: [1, 3]}}}",
    )
    assert list(space.baseline("it").values()) == [1, 3]


# Strides of a stage


def test_every_branch_of_a_first_block_takes_the_stages_strides():
    space = space_with(
        "stages: {filters: 4, strides: 2, blocks: {repeat: 2, parallel: {branches: {repeat: 2, conv: {}}}}}"
    )
    strides = [[branch.strides for branch in block.branches] for block in blocks_of(network(space))]
    assert strides == [[2, 2], [1, 1]]


def test_the_first_part_of_a_series_takes_the_stages_strides():
    space = space_with(
        "stages: {filters: 4, strides: 2, blocks: {repeat: 2, series: {blocks: {sequence: [conv, conv]}}}}"
    )
    strides = [[part.strides for part in block.blocks] for block in blocks_of(network(space))]
    assert strides == [[2, 1], [1, 1]]


def test_the_first_part_of_a_series_in_a_branch_takes_the_stages_strides():
    space = space_with(
        "stages: {filters: 4, strides: 2, blocks: {parallel: {branches: {sequence: "
        "[conv, {series: {blocks: {sequence: [conv, conv]}}}]}}}}"
    )
    (block,) = blocks_of(network(space))
    conv, series = block.branches
    assert (conv.strides, [part.strides for part in series.blocks]) == (2, [2, 1])


def test_a_series_within_a_series_takes_the_strides_only_where_it_is_first():
    space = space_with(
        "stages: {filters: 4, strides: 2, blocks: {series: {blocks: {sequence: "
        "[{series: {blocks: {repeat: 2, conv: {}}}}, {series: {blocks: conv}}]}}}}"
    )
    (block,) = blocks_of(network(space))
    assert [[part.strides for part in series.blocks] for series in block.blocks] == [[2, 1], [1]]


def test_branches_behind_the_first_part_of_a_series_keep_their_size():
    space = space_with(
        "stages: {filters: 4, strides: 2, blocks: {series: {blocks: {sequence: "
        "[conv, {parallel: {branches: {sequence: [conv, {series: {blocks: conv}}]}}}]}}}}"
    )
    (block,) = blocks_of(network(space))
    conv, series = block.blocks[1].branches
    assert (conv.strides, series.blocks[0].strides) == (1, 1)


def test_the_strides_of_a_stage_do_not_reach_into_its_downsampling():
    space = space_with(
        "stages: {filters: 4, strides: 3, blocks: conv, "
        "downsample: {series: {blocks: {sequence: [conv, conv]}}}}"
    )
    (series,) = network(space).stages[0].downsample
    assert [part.strides for part in series.blocks] == [1, 1]


# Width


def test_width_multiplies_every_field_of_filters():
    space = space_with(f"width: 0.5\nstages: {{blocks: {{inception: {{{INCEPTION}}}}}}}")
    (block,) = blocks_of(network(space))
    assert (block.filters_1x1, block.filters_3x3_reduce, block.filters_3x3, block.filters_pool) == (
        8,
        8,
        8,
        8,
    )


def test_width_reaches_into_branches_and_leaves_growth_rates():
    space = space_with(
        "width: 2.0\nstages: {filters: 16, blocks: {parallel: {branches: {sequence: [conv, {dense_block: "
        "{growth_rate: 12}}]}}}}"
    )
    (block,) = blocks_of(network(space))
    assert (block.branches[0].filters, block.branches[1].growth_rate) == (32, 12)


# The input


def test_fixed_filters_in_a_sequence():
    space = space_with(
        "input: {fixed_filters: {sequence: [sobel, [none, laplacian]]}, filtered: replace}\n"
        "stages: {filters: 4, blocks: conv}"
    )
    assert space.parameters == {"input.fixed_filters.1": Choice(("none", "laplacian"))}
    given = network(space, input__fixed_filters__1="laplacian").input
    assert [kind.type for kind in given.fixed_filters] == ["sobel", "laplacian"]
    assert given.filtered == "replace"
    assert shapes_of(space, "fixed_filters", input__fixed_filters__1="none") == [(32, 32, 3 * 2)]


def test_fixed_filters_as_a_choice_of_words():
    space = space_with("input: {fixed_filters: [none, sobel]}\nstages: {filters: 4, blocks: conv}")
    assert network(space, input__fixed_filters="none").input.fixed_filters == ()


SPECTRAL = "input: {spectrogram: {window: [128, 256], hop: 64}}\nstages: {filters: 4, blocks: conv}"


def test_a_spectrogram_has_fields_of_its_own():
    space = space_with(SPECTRAL)
    assert space.parameters == {"input.spectrogram.window": Choice((128, 256))}
    assert network(space, input__spectrogram__window=256).input.spectrogram == Spectrogram(window=256, hop=64)


def test_a_spectrogram_is_of_signals_and_its_blocks_are_those_of_images():
    space_with(SPECTRAL).check_dimensions((1000, 1))
    space_with(SPECTRAL.replace("conv", "{conv: {kernel_size: 1x7}}")).check_dimensions((1000, 1))
    message = "spectrogram supports signals .1 spatial dimension.; the examples are images"
    with pytest.raises(SpaceError, match=message):
        space_with(SPECTRAL).check_dimensions((32, 32, 1))
    with pytest.raises(SpaceError, match=r"kernel_size can be 3x1x1, .*; a spectrogram is one of images"):
        space_with(SPECTRAL.replace("conv", "{conv: {kernel_size: 3x1x1}}")).check_dimensions((1000, 1))


def test_an_open_size_goes_into_the_network():
    space = space_with("input: {size: open}\nstages: {filters: 4, blocks: conv}")
    assert network(space).input.size == "open"


@pytest.mark.parametrize(
    ("architecture", "word"),
    [
        ("input: {size: open}\nstages: {filters: 4, blocks: conv}\nhead: {pooling: flatten}", "flatten"),
        (
            "input: {size: [fixed, open]}\nstages: {filters: 4, blocks: conv}\n"
            "head: {pooling: [global_max, flatten]}",
            "flatten",
        ),
        ("input: {size: open}\nstages: {filters: 4, blocks: [conv, unshared_conv]}", "unshared_conv"),
        ("input: {size: open}\nstages: {filters: 4, blocks: [conv, tiled_conv]}", "tiled_conv"),
        (
            "input: {size: open}\nstages: {filters: 4, blocks: {parallel: {branches: unshared_conv}}}",
            "unshared_conv",
        ),
    ],
)
def test_an_open_size_with_a_part_that_needs_a_fixed_one_is_refused(architecture, word):
    assert faults_with(architecture) == [
        f"space.yaml:3: architecture.input.size: can be open, but {word} needs an input of fixed size"
    ]


@pytest.mark.parametrize("shape", [(16, 2), (16, 16, 2), (8, 8, 8, 2)])
def test_parts_that_serve_all_dimensions_pass(shape):
    space_with(
        "input: {fixed_filters: [sobel, laplacian]}\nstages: {filters: 4, blocks: conv}"
    ).check_dimensions(shape)


def test_a_part_that_does_not_serve_the_examples_is_named():
    space = space_with(
        "input: {fixed_filters: {sequence: [sobel, [none, horizontal_edge]]}}\n"
        "stages: {filters: 4, blocks: conv}"
    )
    with pytest.raises(SpaceError) as caught:
        space.check_dimensions((64, 1))
    assert str(caught.value) == (
        "space: horizontal_edge supports images (2 spatial dimensions) or volumes (3 spatial dimensions); "
        "the examples are signals (1 spatial dimension)"
    )


def test_an_augmentation_that_does_not_serve_the_examples_is_named():
    space = space_with(training="augmentation: {one_of: [none, hue, {scale: {}}]}")
    for shape, word in (((16, 16, 3), "scale"), ((64, 1), "hue")):
        with pytest.raises(SpaceError, match=f"space: {word} supports "):
            space.check_dimensions(shape)


def test_an_augmentation_of_colours_is_refused_where_there_are_none():
    space = space_with(training="augmentation: hue")
    with pytest.raises(SpaceError) as caught:
        space.check_dimensions((16, 16, 1))
    assert str(caught.value) == "space: hue needs examples with 3 colour channels; found 1"
