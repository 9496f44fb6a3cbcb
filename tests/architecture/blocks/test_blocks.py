"""What holds for every block: JSON, one to three dimensions, and a default for every field but filters."""

import pytest
from pydantic import ValidationError

from cnnsearch.architecture import Architecture, analyze
from cnnsearch.architecture import blocks as b
from tests.architecture.examples import EXAMPLES
from tests.architecture.helpers import of_blocks, weights_of


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
