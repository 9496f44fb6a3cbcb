"""The way back to the resolution of the input, by arithmetic alone."""

import pytest

from cnnsearch.architecture import Architecture, Input, Stage, analyze
from cnnsearch.architecture.blocks import Conv, MaxPool, Parallel, Residual, Series, StridedConv
from cnnsearch.architecture.decoder import Decoder
from cnnsearch.architecture.outputs import Output
from cnnsearch.errors import InfeasibleArchitectureError


def maps(channels: int = 2) -> tuple[Output, ...]:
    return (Output(name="classes", channels=channels, activation="softmax", form="map"),)


def unet(depth: int = 3, width: int = 4, shape: tuple[int, ...] = (16, 16, 1), **decoder) -> Architecture:
    """Stages of two convolutions with doubling filters, and a decoder of as many in each level."""
    stages = tuple(
        Stage(blocks=(Conv(filters=width << number),) * 2, downsample=(MaxPool(),)) for number in range(depth)
    )
    return Architecture(
        input=Input(shape=shape),
        stages=stages,
        decoder=Decoder(**{"blocks": (Conv(filters=1),) * 2} | decoder),
        outputs=maps(),
    )


def shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    return {row.name: row.output_shape for row in analyze(architecture).layers}


def test_u_net_has_its_published_weights():
    assert analyze(unet(5, 64, (572, 572, 1))).num_weights == 31_030_658


def test_a_level_has_the_size_and_the_filters_of_the_encoders_map():
    rows = shapes(unet())
    assert rows["decoder_level2_transposed_conv"] == (8, 8, 8)
    assert rows["decoder_level2_concatenate"] == (8, 8, 16)
    assert rows["decoder_level2_block1_conv"] == (8, 8, 8)
    assert rows["decoder_level1_block1_conv"] == (16, 16, 4)
    assert rows["classes"] == (16, 16, 2)


def test_the_last_stage_has_no_downsampling():
    assert "stage1_max_pool" in shapes(unet(3)) and "stage2_max_pool" not in shapes(unet(3))


@pytest.mark.parametrize("size", range(4, 40))
def test_sizes_that_no_stride_divides_come_back(size):
    rows = shapes(unet(shape=(size, size + 3, 1)))
    assert rows["classes"] == (size, size + 3, 2)


@pytest.mark.parametrize("upsample", ("transposed_conv", "bilinear", "nearest"))
def test_a_skip_that_is_added_has_the_channels_of_its_level(upsample):
    rows = shapes(unet(upsample=upsample, skip="add", filters=6))
    assert rows["decoder_level2_add"] == (8, 8, 6)
    assert rows["decoder_level2_lateral"] == (8, 8, 6)


def test_without_skips_a_level_has_the_enlarged_map_alone():
    rows = shapes(unet(skip="none"))
    assert not any("concatenate" in name or "add" in name for name in rows)
    assert rows["decoder_level2_block0_conv"] == (8, 8, 8)


def test_the_filters_of_nested_blocks_are_those_of_the_level():
    inside = Parallel(branches=(Conv(filters=1), Series(blocks=(Conv(filters=1), Conv(filters=1)))))
    rows = shapes(unet(blocks=(inside,)))
    widths = {
        shape[-1]
        for name, shape in rows.items()
        if name.startswith("decoder_level2_block0_") and "conv" in name
    }
    assert widths == {8}


def test_a_decoder_may_end_at_a_stride_and_the_output_is_enlarged():
    rows = shapes(unet(stride=2))
    assert "decoder_level1_transposed_conv" not in rows
    assert rows["logits"] == (8, 8, 2)
    assert rows["upsampling"] == rows["classes"] == (16, 16, 2)


def test_a_decoder_may_have_a_single_level():
    rows = shapes(unet(4, stride=2, levels="last"))
    assert rows["decoder_level2_transposed_conv"] == (8, 8, 8)  # from the stride 8 at once
    assert not any("level4" in name or "level1" in name for name in rows)


def test_the_encoders_map_passes_blocks_before_it_is_merged():
    reducing = (Conv(filters=3, kernel_size=1), Residual(filters=3, pre_activation=True, name="last"))
    rows = shapes(unet(skip_blocks=reducing))
    assert rows["decoder_level2_skip_block0_conv"] == (8, 8, 3)
    assert rows["decoder_level2_concatenate"] == (8, 8, 3 + 8)
    assert rows["decoder_level2_block1_conv"] == (8, 8, 8)  # the filters are those of the encoder's map
    assert list(rows).index("decoder_level2_relu") < list(rows).index("decoder_level2_concatenate")


def test_blocks_of_a_skip_connection_that_is_not_there_are_not_built():
    assert shapes(unet(skip="none", skip_blocks=(Conv(filters=3),))) == shapes(unet(skip="none"))


def test_the_encoders_map_must_keep_its_size():
    with pytest.raises(InfeasibleArchitectureError, match="a map of 4x4 of the encoder's map of 8x8"):
        analyze(unet(skip_blocks=(StridedConv(filters=3),)))


def test_a_stride_that_the_encoder_does_not_have_is_infeasible():
    with pytest.raises(
        InfeasibleArchitectureError, match="ends at stride 8; the encoder has maps of the strides 1x1"
    ):
        analyze(unet(stride=8))


def test_a_level_follows_a_stem_that_begins_with_a_stride():
    stem = Conv(filters=4, strides=4)
    architecture = unet(2).model_copy(update={"stem": (stem,)})
    rows = shapes(architecture)
    assert rows["decoder_level4_concatenate"] == (4, 4, 8)
    assert rows["decoder_level1_block1_conv"] == (16, 16, 4)  # no map of the encoder has this size
    assert "decoder_level1_concatenate" not in rows


def test_strides_may_differ_between_the_dimensions():
    stages = tuple(Stage(blocks=(Conv(filters=4),), downsample=(MaxPool(pool_size="1x3"),)) for _ in range(2))
    rows = shapes(unet(shape=(7, 31, 1)).model_copy(update={"stages": stages}))
    assert rows["decoder_level1_transposed_conv"] == (7, 30, 4)
    assert rows["classes"] == (7, 31, 2)


def test_the_receptive_field_and_the_stride_of_a_level():
    rows = {row.name: row for row in analyze(unet(2, skip="none")).layers}
    assert rows["stage1_block1_conv"].receptive_field == 14
    assert rows["decoder_level1_transposed_conv"].receptive_field == 14  # each position sees one below it
    assert rows["decoder_level1_block0_conv"].receptive_field == 16
    wide = {row.name: row for row in analyze(unet(2, skip="none", upsample="bilinear")).layers}
    assert wide["decoder_level1_upsampling"].receptive_field == 16


def test_the_multiply_accumulates_of_a_transposed_convolution():
    rows = {row.name: row for row in analyze(unet(2)).layers}
    transposed = rows["decoder_level1_transposed_conv"]
    assert transposed.macs == 8 * 8 * (2 * 2 * 8 * 4)
    assert transposed.num_weights == 2 * 2 * 8 * 4 + 4


@pytest.mark.parametrize("decoder", (Decoder(), None))
def test_maps_whose_borders_are_cut_do_not_lie_over_each_other(decoder):
    stages = tuple(
        Stage(blocks=(Conv(filters=4, kernel_size=5, padding="valid"),), downsample=(MaxPool(),))
        for _ in range(2)
    )
    architecture = Architecture(
        input=Input(shape=(40, 40, 1)), stages=stages, decoder=decoder, outputs=maps()
    )
    with pytest.raises(InfeasibleArchitectureError, match="would not lie over"):
        analyze(architecture)


def test_a_map_without_a_decoder_is_enlarged_at_once():
    architecture = Architecture(
        input=Input(shape=(13, 10, 1)),
        stages=(Stage(blocks=(StridedConv(filters=4), StridedConv(filters=4))),),
        outputs=maps(3),
    )
    assert shapes(architecture)["classes"] == (13, 10, 3)


def test_a_network_with_a_decoder_round_trips_through_json():
    for architecture in (unet(), unet().model_copy(update={"decoder": None})):
        assert Architecture.model_validate_json(architecture.model_dump_json()) == architecture
