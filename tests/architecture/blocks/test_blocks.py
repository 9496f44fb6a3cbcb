"""What holds for every block: JSON, one to three dimensions, and a default for every field but filters."""

import pytest
from pydantic import ValidationError

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.architecture import blocks as b
from tests.architecture.helpers import of_blocks, weights_of

INCEPTION = b.Inception(
    filters_1x1=2, filters_3x3_reduce=3, filters_3x3=4, filters_5x5_reduce=1, filters_5x5=2, filters_pool=2
)
EXAMPLES = {
    "conv": b.Conv(filters=6, padding="full", normalization=b.Group(groups=2), spatial_dropout=0.1),
    "separable_conv": b.SeparableConv(filters=6, depth_multiplier=2, normalization=b.Instance()),
    "depthwise_conv": b.DepthwiseConv(depth_multiplier=2, activation="mish", dropout=0.5),
    "unshared_conv": b.UnsharedConv(filters=2, padding="valid"),
    "strided_conv": b.StridedConv(filters=6, normalization=b.Batch(momentum=0.5)),
    "residual": b.Residual(filters=4, bottleneck=True, pre_activation=True, squeeze_excitation=True),
    "inverted_residual": b.InvertedResidual(filters=4, squeeze_excitation=True, stochastic_depth=0.2),
    "convnext": b.ConvNeXt(filters=6, stochastic_depth=0.5, kernel_size=3),
    "inception": INCEPTION,
    "dense_block": b.DenseBlock(layers=2, growth_rate=3, strides=2),
    "parallel": b.Parallel(
        branches=(b.Series(blocks=(b.Conv(filters=2), b.MinPool())), b.StridedConv(filters=2))
    ),
    "series": b.Series(name="two", blocks=(b.Conv(filters=2, name="one"), b.LocalResponse(beta=0.5))),
    "max_pool": b.MaxPool(pool_size=3, strides=2, padding="same"),
    "average_pool": b.AveragePool(),
    "min_pool": b.MinPool(pool_size=2, strides=1),
    "local_response": b.LocalResponse(depth_radius=1),
}


def test_there_is_an_example_of_every_block():
    assert set(EXAMPLES) == set(b.BLOCKS)


@pytest.mark.parametrize("word", b.BLOCKS)
def test_a_block_is_called_as_its_word(word):
    assert EXAMPLES[word].type == word


@pytest.mark.parametrize("word", b.BLOCKS)
def test_a_block_round_trips_through_json(word):
    architecture = of_blocks(EXAMPLES[word])
    again = Architecture.model_validate_json(architecture.model_dump_json())
    assert again == architecture
    assert type(again.stages[0].blocks[0]) is b.BLOCKS[word]


@pytest.mark.parametrize("shape", [(16, 4), (16, 8, 4), (8, 8, 16, 4)])
@pytest.mark.parametrize("word", b.BLOCKS)
def test_a_block_serves_one_two_and_three_dimensions(word, shape):
    analysis = analyze(of_blocks(EXAMPLES[word], shape=shape))
    assert len(analysis.layers[0].output_shape) == len(shape)


@pytest.mark.parametrize("word", b.BLOCKS)
def test_an_unknown_field_is_refused(word):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        b.BLOCKS[word].model_validate({**EXAMPLES[word].model_dump(), "speed": 3})


@pytest.mark.parametrize("word", b.BLOCKS)
def test_only_filters_and_the_parts_inside_have_no_default(word):
    required = {name for name, field in b.BLOCKS[word].model_fields.items() if field.is_required()}
    assert all(name.startswith("filters") or name in ("branches", "blocks") for name in required)


def test_a_blocks_docstring_names_its_source():
    sourceless = {word for word, block in b.BLOCKS.items() if "20" not in (block.__doc__ or "")}
    assert sourceless == {"conv", "parallel", "series", "max_pool", "average_pool", "min_pool"}


def test_a_name_that_is_not_given_is_not_written():
    assert "name" not in b.Conv(filters=2).model_dump()


@pytest.mark.parametrize("function", b.Conv.model_fields["activation"].annotation.__args__)
def test_an_activation_costs_nothing(function):
    assert weights_of(b.Conv(filters=2, activation=function), 4, 4, 3) == 3 * 3 * 3 * 2 + 2
